// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>

#include "resource/conda/conda_engine.hpp"
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
  const auto found = rig.complaints("- conda_engine: {version: .., url: /srv/m, sha256: abc}\n");
  REQUIRE(found.size() == 3);
  CHECK(found[0].message == "\"/srv/m\" is not a URL");
  CHECK(found[1].message == "\"abc\" is not a SHA-256");
  CHECK(found[2].message == "\"..\" is not a version of micromamba");
}

TEST_CASE("apt does not wait for conda, nor conda for apt") {
  for (const char* conda : {"conda_engine", "conda_installation"}) {
    for (const char* other :
         {"apt_packages", "nvidia_modules", "nvidia_loaded", "mok_enrolment", "virtualenv_packages"}) {
      INFO(conda << " and " << other);
      const auto& its = find_kind(conda)->independent_of;
      CHECK(std::count(its.begin(), its.end(), other) == 1);
      const auto& others = find_kind(other)->independent_of;
      CHECK(std::count(others.begin(), others.end(), conda) == 1);
    }
  }
}

namespace {

constexpr const char* k_base = R"(- conda_installation:
    prefix: /opt/conda
    version: 26.7.2-0
    url: https://mirror.example.com/Miniforge3-26.7.2-0-Linux-x86_64.sh
)";

std::string base() { return k_base + format("    sha256: {}\n", sha256_hex("Miniforge3 26.7.2-0\n")); }

struct MiniforgeRig : Rig {
  MiniforgeRig() { test::add_miniforge(*this); }
  /// The files of an installation that somebody else made.
  void add_conda(const std::string& prefix, const std::string& url) const {
    add_file(prefix + "/conda-meta/conda-25.1.0-py312_0.json", "{\"url\": \"" + url + "\"}");
    add_file(prefix + "/conda-meta/history", "==> once <==\n");
    add_file(prefix + "/bin/conda");
  }
};

/// A part of the one composite of these steps.
Value part(const Rig& rig, const std::string& steps, const std::string& id) {
  const BuiltRecipe recipe = rig.read(steps);
  for (const Step& step : recipe.recipe.steps) {
    if (step.id == id) return step.fields.values();
  }
  FAIL("there is no part " << id);
  return {};
}

}  // namespace

TEST_CASE("Miniforge is installed by its installer, with nothing of root's around it") {
  MiniforgeRig rig;
  const auto recipe = rig.read(base());
  CHECK(look(rig, recipe) == "absent -> Miniforge 26.7.2-0");
  apply(rig, recipe);
  CHECK(look(rig, recipe) == "as wanted: conda 26.7.2");
  const auto ran = rig.programs.ran();
  REQUIRE(ran.size() == 1);
  CHECK(ran[0].argv == std::vector<std::string>{"sh",
                                                "/var/lib/rigsetup/conda/opt/conda/attempt/installer.sh",
                                                "-b", "-p", "/opt/conda"});
  for (const auto& [name, value] : ran[0].environment) {
    INFO(name);
    CHECK(value == "/var/lib/rigsetup/conda/opt/conda/attempt");
  }
  CHECK_FALSE(rig.root.info("/var/lib/rigsetup/conda/opt/conda/attempt"));
}

TEST_CASE("what an installer left that was ended is begun anew, and environments beside it stay") {
  MiniforgeRig rig;
  const auto recipe = rig.read(base());
  rig.programs.on([](const Command&) { return true; },
                  [&](const Command&) {
                    rig.add_file("/opt/conda/install_tmp/half");
                    rig.add_file("/opt/conda/conda-meta/history");
                    rig.add_file("/opt/conda/bin/conda");
                    rig.add_file("/opt/conda/envs/torch/conda-meta/history", "an environment\n");
                    return test::FakePrograms::finished(1, "No space left on device\n");
                  });
  CHECK_THROWS_WITH(apply(rig, recipe), Catch::Contains("No space left on device"));
  CHECK(look(rig, recipe) == "an unfinished installation -> Miniforge 26.7.2-0");
  test::add_miniforge(rig);
  apply(rig, recipe);
  CHECK(look(rig, recipe) == "as wanted: conda 26.7.2");
  CHECK_FALSE(rig.root.info("/opt/conda/install_tmp"));
  CHECK(rig.text("/opt/conda/envs/torch/conda-meta/history") == "an environment\n");
}

TEST_CASE("a conda that is there is kept, and what is none is never removed") {
  MiniforgeRig rig;
  const auto recipe = rig.read(base());
  rig.add_conda("/opt/conda", "https://conda.anaconda.org/conda-forge/linux-64/conda-25.1.0-py312_0.conda");
  CHECK(look(rig, recipe) == "as wanted: conda 25.1.0");
  CHECK(recipe.steps.front().resource->would_make(rig.host(), {}).empty());
  apply(rig, recipe);
  CHECK(rig.programs.ran().empty());

  rig.root.remove("/opt/conda/conda-meta/history");
  CHECK(look(rig, recipe) == "something else -> Miniforge 26.7.2-0");
  CHECK_THROWS_WITH(apply(rig, recipe), "cannot install conda in /opt/conda: something else is there");
  CHECK(rig.root.info("/opt/conda/bin/conda"));
}

TEST_CASE("one that was damaged after it was made is not thrown away with all that is in it") {
  MiniforgeRig rig;
  const auto recipe = rig.read(base());
  apply(rig, recipe);
  rig.root.remove("/opt/conda/bin/conda");
  CHECK(look(rig, recipe) == "a damaged installation -> Miniforge 26.7.2-0");
  CHECK_THROWS_WITH(apply(rig, recipe), Catch::Contains("damaged after it was made"));
  CHECK(rig.root.info("/opt/conda/conda-meta/history"));
}

TEST_CASE("an installer with another digest is not run, and nothing is left of it") {
  MiniforgeRig rig;
  rig.downloads.serve("https://mirror.example.com/Miniforge3-26.7.2-0-Linux-x86_64.sh", "rm -rf /\n");
  CHECK_THROWS_WITH(apply(rig, rig.read(base())), Catch::Contains("its SHA-256 is"));
  CHECK(rig.programs.ran().empty());
  CHECK_FALSE(rig.root.info("/opt/conda"));
}

TEST_CASE("conda is engine, settings, shells and installation, and says what was chosen") {
  Rig rig;
  const BuiltRecipe recipe = rig.read("- conda:\n");
  std::vector<std::string> ids;
  for (const Step& step : recipe.recipe.steps) ids.push_back(step.id);
  CHECK(ids == std::vector<std::string>{"conda.engine", "conda.settings", "conda.profile", "conda.shells",
                                        "conda.installation", "conda"});
  CHECK(test::text(rig.inspect(*recipe.steps.back().resource)) ==
        "as wanted: Miniforge 26.7.2-0 in /opt/conda, the newest whose digest is known; environments are "
        "made by "
        "micromamba 2.9.0-0");
  CHECK(part(rig, "- conda:\n", "conda.settings").at("content").as_string() ==
        "# Written by rigsetup. What users write in ~/.condarc goes before it.\nchannels:\n  - conda-forge\n"
        "channel_priority: strict\nenvs_dirs:\n  - /opt/rigsetup/envs\n");
  const Value micromamba =
      part(rig, "- conda: {client: micromamba, version: 2.8.1-0, shell: false}\n", "conda.client");
  CHECK(micromamba.at("path").as_string() == "/opt/conda/bin/micromamba");
  CHECK(micromamba.at("sha256").as_string() ==
        "9689782d863c05a1bf5d2d371ba527104e7a4eb4310c1637d8653b751aed9c82");
  const Value mirrored = part(rig, "- conda: {url: \"file:///srv/m.sh\"}\n", "conda.installation");
  CHECK(mirrored.at("url").as_string() == "file:///srv/m.sh");
  CHECK(mirrored.at("sha256").as_string() ==
        "281b0ac7d550802efc81af633225a5e6116d29ae72f3ab4eae7168c3931a4c05");
}

TEST_CASE("an engine of the recipe's own is the one that is used") {
  Rig rig;
  const BuiltRecipe recipe = rig.read(engine() + "- conda:\n");
  CHECK(recipe.recipe.steps[1].id == "conda.settings");
}

TEST_CASE("a client that is not known is refused with what would help") {
  Rig rig;
  CHECK(complaints(rig, "- conda: {version: 1.0-0}\n") ==
        "recipe.yaml:4:22: where Miniforge 1.0-0 can be had is not known (the tables have 26.3.2-3, "
        "26.7.2-0; or give "
        "its url and sha256)\n");
  CHECK_THAT(complaints(rig, "- conda: {version: 1.0-0, url: \"https://example.com/m.sh\"}\n"),
             Catch::Contains("the SHA-256 of Miniforge 1.0-0 is not known (give sha256 in the step"));
  CHECK_THAT(complaints(rig, "- conda: {sha256: " + std::string(64, 'a') + "}\n"),
             Catch::Contains("needs its version, too"));
  CHECK_THAT(complaints(rig, "- conda: {prefix: /opt/my conda}\n"), Catch::Contains("conda cannot be in"));
  CHECK_THAT(complaints(rig, "- conda: {channels: [\"a b\"]}\n"), Catch::Contains("is not a channel"));
  CHECK_THAT(complaints(rig, "- conda:\n- id: two\n  conda: {prefix: /opt/two}\n"),
             Catch::Contains("there is one conda already, conda"));
}

TEST_CASE("condas of others are told of and left alone, and Anaconda's terms stay its user's matter") {
  MiniforgeRig rig;
  rig.root.make_directories("/home");
  rig.root.make_directories("/home/alice", 0755, {1000, 1000});
  rig.add_conda("/home/alice/miniconda3",
                "https://repo.anaconda.com/pkgs/main/linux-64/conda-25.1.0-py312_0.conda");
  rig.add_conda("/opt/conda", "https://repo.anaconda.com/pkgs/main/linux-64/conda-25.1.0-py312_0.conda");
  const auto before = rig.listing(true);
  const BuiltRecipe recipe = rig.read("- conda:\n");
  CHECK(rig.listing(true) == before);
  REQUIRE(recipe.notes.size() == 2);
  CHECK(recipe.notes[0] ==
        "conda 25.1.0 in /opt/conda came from Anaconda, whose terms for its channels hold for who "
        "uses them: they were not accepted for anybody");
  CHECK(recipe.notes[1] ==
        "there is also conda 25.1.0 in /home/alice/miniconda3, of alice: it is left alone");
  CHECK_THAT(test::text(rig.inspect(*recipe.steps.back().resource)),
             Catch::Contains("conda 25.1.0 is in /opt/conda and stays"));
}

TEST_CASE("interactive shells read a script by a block that can be taken out again") {
  Rig rig;
  const std::string bashrc = "# System-wide\nPS1='$ '\n";
  rig.add_file("/etc/bash.bashrc", bashrc);
  const auto recipe = rig.read("- shell_startup: {script: /etc/profile.d/rig.sh}\n");
  CHECK(look(rig, recipe) == "not read by /etc/bash.bashrc -> read by them");
  apply(rig, recipe);
  CHECK(look(rig, recipe) == "as wanted: read by /etc/bash.bashrc");
  CHECK(rig.text("/etc/bash.bashrc").starts_with(bashrc + "# >>> rigsetup: /etc/profile.d/rig.sh >>>\n"));
  CHECK_FALSE(rig.root.info("/etc/zsh"));
  rig.add_file("/etc/zsh/zshrc", "");  // zsh came later
  CHECK(look(rig, recipe) == "not read by /etc/zsh/zshrc -> read by them");
  apply(rig, recipe);
  CHECK(look(rig, recipe) == "as wanted: read by /etc/bash.bashrc, /etc/zsh/zshrc");
  const auto removal = find_kind("shell_startup")->make_removal({{"shell_startup", "/etc/profile.d/rig.sh"}});
  rig.apply(*removal);
  CHECK(rig.text("/etc/bash.bashrc") == bashrc);
  CHECK(rig.text("/etc/zsh/zshrc").empty());
}

TEST_CASE("a block that somebody cut in two is not guessed at") {
  Rig rig;
  rig.add_file("/etc/bash.bashrc", "# >>> rigsetup: /etc/profile.d/rig.sh >>>\nalias ll='ls -l'\n");
  const auto recipe = rig.read("- shell_startup: {script: /etc/profile.d/rig.sh}\n");
  CHECK_THROWS_WITH(apply(rig, recipe),
                    "cannot change /etc/bash.bashrc: the end of rigsetup's lines in it is gone");
}

TEST_CASE("what belongs to a user is not what everybody's shells read") {
  MiniforgeRig rig;
  rig.add_conda("/opt/conda", "https://conda.anaconda.org/conda-forge/linux-64/conda-25.1.0-py312_0.conda");
  rig.root.set_attributes("/opt/conda", 0755, {1000, 1000});
  CHECK_THAT(complaints(rig, "- conda:\n"), Catch::Contains("the conda in /opt/conda belongs to user 1000"));
  const auto recipe = rig.read(base());
  CHECK(look(rig, recipe) == "it belongs to user 1000 -> Miniforge 26.7.2-0");
  CHECK_THROWS_WITH(apply(rig, recipe), Catch::Contains("belongs to user 1000"));
  CHECK(rig.root.info("/opt/conda/bin/conda"));
  rig.downloads.serve(k_url, k_bytes);
  const auto client = rig.read(format(
      "- conda_engine: {{version: 2.9.0-0, url: \"{}\", sha256: {}, path: /opt/conda/bin/micromamba}}\n",
      k_url, sha256_hex(k_bytes)));
  CHECK_THROWS_WITH(apply(rig, client), Catch::Contains("a folder above it belongs to user 1000"));
}
