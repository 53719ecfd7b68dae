// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// The kind conda_pip on files, with a pip that knows every package in version 1.0.

#include <algorithm>

#include <unistd.h>

#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;
using test::apply;
using test::complaints;
using test::look;
using test::Rig;

namespace {

const std::filesystem::path k_prefix = "/opt/e";
const std::filesystem::path k_site = k_prefix / "lib/python3.11/site-packages";
constexpr const char* k_step = "- conda_pip: {path: /opt/e, packages: [six, flask]}\n";

struct CondaRig : Rig {
  CondaRig() { test::add_conda_python(*this, k_prefix); }
  void add_info(const std::string& info, const std::string& installer) const {
    add_file(k_site / (info + ".dist-info/METADATA"));
    add_file(k_site / (info + ".dist-info/RECORD"), info + ".dist-info/METADATA,,\n");
    add_file(k_site / (info + ".dist-info/INSTALLER"), installer);
  }
  bool has(const std::string& path) const { return root.info(k_site / path).has_value(); }
};

}  // namespace

TEST_CASE("pip adds its packages to conda's, and leaves a record beside theirs") {
  CondaRig rig;
  const auto recipe = rig.read(k_step);
  CHECK(look(rig, recipe) == "no flask, no six -> six, flask");
  rig.add_file("/opt/e/.rigsetup", "conda's\n");
  apply(rig, recipe);
  CHECK(look(rig, recipe) == "as wanted: six 1.0, flask 1.0, in all 2 packages of pip's");
  CHECK_FALSE(rig.root.info("/opt/e/.rigsetup-work"));
  CHECK(rig.text("/opt/e/.rigsetup") == "conda's\n");
  CHECK(rig.programs.ran().back().argv ==
        std::vector<std::string>{"/opt/e/bin/python", "-I", "-m", "pip", "install", "--progress-bar=off",
                                 "--constraint", "/opt/e/.rigsetup-work/conda.txt", "--requirement",
                                 "/opt/e/.rigsetup-work/requirements.txt", "--"});
}

TEST_CASE("without the environment, its Python or its pip there is nothing to look at yet") {
  Rig bare;
  const auto recipe = bare.read(k_step);
  CHECK(look(bare, recipe) == "pending: there is no /opt/e/bin/python yet");
  CHECK_THROWS_WITH(apply(bare, recipe), Contains("there is no Python in it"));
  CHECK(look(bare, bare.read("- conda_pip: {path: /opt/e, packages: [six], owner: bob}\n")) ==
        "pending: there is no user bob yet");
  CondaRig rig;
  rig.root.remove("/opt/e/conda-meta/pip-1.0-0.json");
  rig.root.remove_all(k_site / "pip-1.0.dist-info");
  CHECK_THROWS_WITH(apply(rig, recipe),
                    "cannot add pip's packages to the conda environment /opt/e: there is no pip in it");
  CHECK(rig.programs.ran().empty());
}

TEST_CASE("what conda has is conda's: it serves where it fits, and is never written over") {
  CondaRig rig;
  rig.add_info("numpy-1.26.4", "conda\n");
  const auto met = rig.read("- conda_pip: {path: /opt/e, packages: [\"numpy>=1.26\", six]}\n");
  CHECK(look(rig, met) == "no six -> numpy>=1.26, six");
  const auto unmet = rig.read("- conda_pip: {path: /opt/e, packages: [\"numpy>=2\", six]}\n");
  CHECK(look(rig, unmet).starts_with("conda has numpy 1.26.4, and pip would write numpy>=2 over it -> "));
  try {
    apply(rig, unmet);
    FAIL("it was applied");
  } catch (const Error& error) {
    CHECK(error.message() ==
          "cannot add pip's packages to the conda environment /opt/e: conda has numpy 1.26.4, and pip would "
          "write numpy>=2 over it");
    CHECK_THAT(error.hint(), Contains("ask conda for that version"));
  }
  CHECK(rig.programs.ran().empty());
  const auto by_url = rig.read("- conda_pip: {path: /opt/e, packages: [\"numpy @ https://h/numpy.whl\"]}\n");
  CHECK_THROWS_WITH(apply(rig, by_url), Contains("pip would write numpy of another origin over it"));
}

TEST_CASE("exact takes pip's packages away that nobody asks for, and nothing of conda's") {
  CondaRig rig;
  apply(rig, rig.read(k_step));
  rig.add_info("numpy-1.26.4", "conda\n");
  rig.add_file(k_site / "flask/__init__.py", "x\n");
  rig.add_file(k_site / "flask/__pycache__/__init__.cpython-311.pyc");
  rig.add_file("/opt/e/bin/flask");
  rig.add_file(k_site / "flask-1.0.dist-info/RECORD",
               "flask/__init__.py,sha256=x,2\r\n../../../bin/flask,,\r\nflask-1.0.dist-info/RECORD,,\r\n");
  const auto exact = rig.read("- conda_pip: {path: /opt/e, packages: [six], exact: true}\n");
  apply(rig, exact);
  CHECK(look(rig, exact) == "as wanted: six 1.0, in all 1 packages of pip's");
  CHECK_FALSE(rig.has("flask"));
  CHECK_FALSE(rig.root.info("/opt/e/bin/flask"));
  CHECK(rig.has("numpy-1.26.4.dist-info"));
  CHECK(rig.has("pip-1.0.dist-info"));
  rig.add_info("intruder-1.0", "pip\n");
  CHECK(look(rig, exact) == "besides intruder -> nothing of pip's but six");

  const auto none = rig.read("- conda_pip: {path: /opt/e, exact: true}\n");
  CHECK(look(rig, none).starts_with("besides intruder"));
  apply(rig, none);
  CHECK(look(rig, none) == "as wanted: 0 packages of pip's");
  CHECK_FALSE(rig.has("six-1.0.dist-info"));
  CHECK(rig.has("numpy-1.26.4.dist-info"));
}

TEST_CASE("what was interrupted, damaged or left in another Python is seen and made whole") {
  CondaRig rig;
  const auto recipe = rig.read(k_step);
  apply(rig, recipe);
  SECTION("the record was begun") {
    rig.add_file("/opt/e/.rigsetup-pip", "rigsetup environment 1\n");
    CHECK(look(rig, recipe).starts_with("pip did not come to its end -> "));
  }
  SECTION("a package is half there") {
    rig.root.remove(k_site / "six-1.0.dist-info/RECORD");
    CHECK(look(rig, recipe).starts_with("no six -> "));
  }
  SECTION("a folder of a package is gone") {
    rig.add_file(k_site / "six-1.0.dist-info/RECORD", "six/__init__.py,,\n");
    CHECK(look(rig, recipe).starts_with("six is damaged -> "));
    rig.programs.on(
        [](const Command& command) { return command.text().find("--force-reinstall") != std::string::npos; },
        [&](const Command&) {
          rig.add_file(k_site / "six/__init__.py");
          return test::FakePrograms::finished(0);
        });
  }
  SECTION("a half dist-info of conda's is not pip's to take away") {
    rig.root.remove(k_site / "pip-1.0.dist-info/RECORD");
    rig.add_file("/opt/e/.rigsetup-pip", "rigsetup environment 1\n");
    apply(rig, recipe);
    CHECK(rig.has("pip-1.0.dist-info/METADATA"));
  }
  SECTION("conda brought another Python") {
    rig.add_program("/opt/e/bin/python3.12");
    rig.root.make_link("/opt/e/bin/python", "python3.12");
    rig.root.make_directories("/opt/e/lib/python3.12/site-packages", 0755, test::k_environments);
    CHECK(look(rig, recipe).starts_with("no flask, no six -> "));
    rig.root.make_link("/opt/e/bin/python", "python3.11");
  }
  apply(rig, recipe);
  CHECK(look(rig, recipe).starts_with("as wanted"));
}

TEST_CASE("a package that moved from pip to conda is conda's from then on") {
  CondaRig rig;
  const auto recipe = rig.read(k_step);
  apply(rig, recipe);
  SECTION("in the same version") { rig.add_file(k_site / "six-1.0.dist-info/INSTALLER", "conda\n"); }
  SECTION("in another version") {
    rig.add_info("six-1.1", "conda\n");
    CHECK(look(rig, recipe).starts_with("six 1.0 of pip's beside conda's -> "));
    rig.programs.on("python", [](const Command&) { return test::FakePrograms::finished(0); });  // it is there
    apply(rig, recipe);
    CHECK_FALSE(rig.has("six-1.0.dist-info"));
    CHECK(rig.has("six-1.1.dist-info"));
  }
  CHECK(look(rig, recipe).starts_with("as wanted"));
}

TEST_CASE("it is its owner's, and what somebody else could have written is not run") {
  CondaRig rig;
  REQUIRE(::chown(rig.root.outside(k_site).c_str(), 1000, 1000) == 0);
  CHECK_THROWS_WITH(
      apply(rig, rig.read(k_step)),
      Contains("/opt/e/lib/python3.11/site-packages is in the hands of user 1000, and _rigsetup-env would "
               "run it"));
  CHECK_THROWS_WITH(apply(rig, rig.read("- conda_pip: {path: /opt/e, packages: [six], owner: alice}\n")),
                    Contains("it belongs to user 998, not to alice"));
  CHECK(rig.programs.ran().empty());
}

TEST_CASE("a lock is installed by its hashes, without what it does not name") {
  CondaRig rig;
  rig.add_info("numpy-1.26.4", "conda\n");
  const auto entry = [](const std::string& name, const std::string& version) {
    return "  - {name: " + name + ", version: " + version +
           ", manager: pip, platform: linux-64, url: \"https://h/" + name +
           ".whl\", hash: {sha256: " + std::string(64, 'a') + "}}\n";
  };
  const std::string head =
      "version: 1\npackage:\n  - {name: pip, version: 1, manager: conda, platform: linux-64, url: "
      "\"https://h/pip-1-0.conda\", hash: {sha256: " +
      std::string(64, 'a') + "}}\n";
  const auto locked = [&](const std::string& entries) {
    return rig.read("- conda_pip: {path: /opt/e, lock: l.yml}\n", {{"l.yml", head + entries}});
  };
  const auto recipe = locked(entry("six", "1.0") + entry("numpy", "1.26.4"));
  CHECK(look(rig, recipe) == "no six -> the 2 packages of its lock");
  apply(rig, recipe);
  CHECK(look(rig, recipe).starts_with("as wanted: six 1.0, numpy 1.26.4"));
  const auto argv = rig.programs.ran().back().argv;
  for (const char* option : {"--no-deps", "--require-hashes"}) {
    INFO(option);
    CHECK(std::count(argv.begin(), argv.end(), option) == 1);
  }
  CHECK(look(rig, locked(entry("numpy", "2.0"))).starts_with("conda has numpy 1.26.4, and pip would write"));
}

TEST_CASE("what a step cannot be is complained of at its place") {
  const Rig rig;
  CHECK_THAT(complaints(rig, "- conda_pip: {path: /opt/e}\n"), Contains("neither packages nor a lock"));
  CHECK_THAT(complaints(rig, "- conda_pip: {path: /opt/e, packages: [\"-e .\"]}\n"),
             Contains("recipe.yaml:4:") && Contains("an editable package"));
  CHECK_THAT(complaints(rig, "- conda_pip: {path: /opt/e, packages: [six], index_url: pypi}\n"),
             Contains("\"pypi\" is not a URL"));
}
