// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>

#include "resource/conda_engine.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::apply;
using test::complaints;
using test::look;
using test::Rig;

namespace {

constexpr const char* k_url = "https://mirror.example.com/micromamba";
const std::string k_bytes = "a micromamba";

std::string engine(const std::string& sha256 = sha256_hex(k_bytes)) {
  return format("- conda_engine: {{version: 2.9.0-0, url: \"{}\", sha256: {}}}\n", k_url, sha256);
}

}  // namespace

TEST_CASE("the engine is one file of root's, at a place of its version") {
  Rig rig;
  rig.downloads.serve(k_url, k_bytes);
  const auto recipe = rig.read(engine());
  CHECK(look(rig, recipe) == "absent -> micromamba 2.9.0-0");
  apply(rig, recipe);
  CHECK(look(rig, recipe) == "as wanted: micromamba 2.9.0-0");
  CHECK(engine_path("2.9.0-0") == "/opt/rigsetup/micromamba/2.9.0-0/micromamba");
  CHECK(rig.text(engine_path("2.9.0-0")) == k_bytes);
  CHECK(rig.root.info(engine_path("2.9.0-0"))->mode == 0755);
  CHECK(rig.programs.ran().empty());
}

TEST_CASE("an engine that somebody changed is seen and replaced") {
  Rig rig;
  rig.downloads.serve(k_url, k_bytes);
  const auto recipe = rig.read(engine());
  apply(rig, recipe);
  rig.add_file(engine_path("2.9.0-0"), "b micromamba");
  CHECK(look(rig, recipe) == "another file -> micromamba 2.9.0-0");
  apply(rig, recipe);
  CHECK(rig.text(engine_path("2.9.0-0")) == k_bytes);
  rig.root.set_attributes(engine_path("2.9.0-0"), 0755, {1000, 1000});
  CHECK(look(rig, recipe) == "it belongs to user 1000 -> micromamba 2.9.0-0");
}

TEST_CASE("an engine with another digest never comes to its place") {
  Rig rig;
  rig.downloads.serve(k_url, "not it");
  const auto recipe = rig.read(engine());
  const auto before = rig.root.list("/opt");
  try {
    apply(rig, recipe);
    FAIL("it was taken");
  } catch (const Error& error) {
    CHECK(error.code() == Code::conflict);
    CHECK(error.message().find("its SHA-256 is") != std::string::npos);
  }
  CHECK(rig.root.list("/opt") == before);
}

TEST_CASE("an engine is complained of at what is wrong with it") {
  const Rig rig;
  const auto found = rig.complaints("- conda_engine: {version: ../x, url: /srv/m, sha256: abc}\n");
  REQUIRE(found.size() == 3);
  CHECK(found[0].message == "\"/srv/m\" is not a URL");
  CHECK(found[1].message == "\"abc\" is not a SHA-256");
  CHECK(found[2].message == "\"../x\" is not a version of micromamba");
}

TEST_CASE("apt does not wait for an engine, nor an engine for apt") {
  for (const char* other :
       {"apt_packages", "nvidia_modules", "nvidia_loaded", "mok_enrolment", "virtualenv"}) {
    INFO(other);
    const auto& engines = find_kind("conda_engine")->independent_of;
    CHECK(std::count(engines.begin(), engines.end(), other) == 1);
    const auto& its = find_kind(other)->independent_of;
    CHECK(std::count(its.begin(), its.end(), "conda_engine") == 1);
  }
}
