// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <set>

#include "resource/python/python_environment.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::apply;
using test::complaints;
using test::FakePrograms;
using test::look;
using test::Rig;

namespace {

constexpr const char* k_steps = "- virtualenv: {path: /opt/e, packages: [numpy==1.0, six]}\n";
const std::filesystem::path k_site = "/opt/e/lib/python3.11/site-packages";

void add_info(const Rig& rig, const std::string& name) {
  rig.add_file(k_site / (name + ".dist-info/METADATA"));
  rig.add_file(k_site / (name + ".dist-info/RECORD"));
}

struct PythonRig : Rig {
  PythonRig() { test::add_python(*this); }
  std::vector<std::string> last_argv() const { return programs.ran().back().argv; }
  bool ran(const std::string& word) const {
    const auto commands = programs.ran();
    return std::any_of(commands.begin(), commands.end(), [&](const Command& command) {
      return std::find(command.argv.begin(), command.argv.end(), word) != command.argv.end();
    });
  }
};

}  // namespace

TEST_CASE("an environment is made and filled, and leaves nothing beside it") {
  PythonRig rig;
  const auto recipe = rig.read(k_steps);
  CHECK(look(rig, recipe) == "absent -> an environment with numpy==1.0, six");
  apply(rig, recipe);
  CHECK(look(rig, recipe) == "as wanted: numpy 1.0, six 1.0, in all 3 packages");
  CHECK_FALSE(rig.root.info("/opt/e/.rigsetup-work"));
}

TEST_CASE("pip is kept from everything that is not in the recipe") {
  PythonRig rig;
  apply(rig, rig.read(k_steps));
  for (const auto& command : rig.programs.ran()) {
    const auto has = [&](const std::string& name, const std::string& value) {
      return std::find(command.environment.begin(), command.environment.end(), std::pair(name, value)) !=
             command.environment.end();
    };
    CHECK(has("PIP_CONFIG_FILE", "/dev/null"));
    CHECK(has("PIP_NO_INPUT", "1"));
    CHECK(has("PIP_LOG", "/opt/e/.rigsetup-work/pip.log"));
    CHECK(has("TMPDIR", "/opt/e/.rigsetup-work"));
    CHECK(command.as == test::k_environments);
  }
  CHECK(rig.last_argv() == std::vector<std::string>{"/opt/e/bin/python", "-I", "-m", "pip", "install",
                                                    "--progress-bar=off", "--", "numpy==1.0", "six"});
}

TEST_CASE("an environment of somebody is made and run as that user") {
  PythonRig rig;
  rig.root.make_directories("/home");
  rig.root.make_directories("/home/alice", 0755, {1000, 1000});
  const auto recipe = rig.read("- virtualenv: {path: /home/alice/e, packages: [six], owner: alice}\n");
  apply(rig, recipe);
  for (const auto& command : rig.programs.ran()) CHECK(command.as == Owner{1000, 1000});
  CHECK(rig.root.info("/home/alice/e")->owner == Owner{1000, 1000});
  CHECK(look(rig, recipe).starts_with("as wanted"));

  const auto by_root = rig.read("- virtualenv: {path: /home/alice/r, packages: [six]}\n");
  CHECK_THROWS_WITH(apply(rig, by_root),
                    Catch::Contains("a folder above it belongs to user 1000, not to _rigsetup-env"));
  const auto taken = rig.read("- virtualenv: {path: /home/alice/e, packages: [six]}\n");
  CHECK(look(rig, taken).starts_with("it belongs to user 1000"));
}

TEST_CASE("drift of an environment is seen in its files") {
  PythonRig rig;
  const auto recipe = rig.read(k_steps);
  apply(rig, recipe);
  SECTION("a package is gone") {
    rig.root.remove_all(k_site / "six-1.0.dist-info");
    CHECK(look(rig, recipe).starts_with("no six -> "));
  }
  SECTION("a package is damaged") {
    rig.root.remove(k_site / "numpy-1.0.dist-info/METADATA");
    CHECK(look(rig, recipe).starts_with("no numpy -> "));
  }
  SECTION("what a pin names was changed") {
    rig.root.remove_all(k_site / "numpy-1.0.dist-info");
    add_info(rig, "numpy-2.0");
    CHECK(look(rig, recipe).starts_with("numpy 2.0 instead of 1.0 -> "));
    rig.root.remove_all(k_site / "numpy-2.0.dist-info");
  }
  SECTION("pip is gone") {
    rig.root.remove_all(k_site / "pip-1.0.dist-info");
    CHECK(look(rig, recipe).starts_with("no pip -> "));
  }
  SECTION("the interpreter is gone") {
    rig.root.remove("/opt/e/bin/python");
    CHECK(look(rig, recipe).starts_with("an unfinished environment -> "));
  }
  SECTION("the record is gone") {
    rig.root.remove("/opt/e/.rigsetup");
    CHECK(look(rig, recipe).starts_with("an environment that rigsetup did not complete -> "));
  }
  apply(rig, recipe);
  CHECK(look(rig, recipe).starts_with("as wanted"));
}

TEST_CASE("what is free to move may have moved") {
  PythonRig rig;
  const auto recipe = rig.read(k_steps);
  apply(rig, recipe);
  rig.root.remove_all(k_site / "six-1.0.dist-info");
  add_info(rig, "six-2.0");
  add_info(rig, "extra-1.0");
  CHECK(look(rig, recipe).starts_with("as wanted: numpy 1.0, six 2.0"));
}

TEST_CASE("other requirements make another environment of it, in place") {
  PythonRig rig;
  apply(rig, rig.read(k_steps));
  const auto recipe = rig.read("- virtualenv: {path: /opt/e, packages: [numpy>=1, six]}\n");
  CHECK(look(rig, recipe) == "made for other requirements -> an environment with numpy>=1, six");
  apply(rig, recipe);
  CHECK(look(rig, recipe).starts_with("as wanted"));
}

TEST_CASE("after an upgrade of Python the environment is made anew") {
  PythonRig rig;
  const auto recipe = rig.read(k_steps);
  apply(rig, recipe);
  rig.add_program("/usr/bin/python3.13");
  rig.add_file("/usr/lib/python3.13/ensurepip/__init__.py");
  rig.root.make_link("/usr/bin/python3", "python3.13");
  rig.root.make_link("/opt/e/bin/python3", "/usr/bin/python3.11");
  CHECK(look(rig, recipe).starts_with("it runs another Python -> "));
  apply(rig, recipe);
  CHECK_FALSE(look(rig, recipe).starts_with("it runs another Python"));
}

TEST_CASE("what is not an environment of rigsetup is not touched") {
  PythonRig rig;
  const auto recipe = rig.read(k_steps);
  rig.add_file("/opt/e/precious", "data");
  CHECK_THROWS_WITH(apply(rig, recipe),
                    Catch::Contains("cannot make the Python environment /opt/e: something else is there"));
  CHECK(rig.text("/opt/e/precious") == "data");
  CHECK(rig.root.list("/opt/e") == std::vector<std::string>{"precious"});
}

TEST_CASE("without the means to make environments it waits for the step that brings them") {
  Rig bare;
  const auto recipe = bare.read(k_steps);
  CHECK(look(bare, recipe) == "pending: python3 is not installed");
  PythonRig rig;
  rig.root.remove("/usr/lib/python3.11/ensurepip/__init__.py");
  CHECK(look(rig, recipe) ==
        "pending: python3 cannot make environments: package python3-venv is not installed");
  CHECK_THROWS_WITH(apply(rig, recipe), Catch::Contains("package python3-venv is not installed"));
}

TEST_CASE("an environment that sees the system's packages has a pip of its own") {
  PythonRig rig;
  const auto recipe = rig.read("- virtualenv: {path: /opt/e, packages: [six], system_site_packages: true}\n");
  apply(rig, recipe);
  CHECK(rig.root.info(k_site / "pip-1.0.dist-info/METADATA"));
  CHECK_THAT(rig.text("/opt/e/pyvenv.cfg"), Catch::Contains("include-system-site-packages = true"));
  const auto calls = rig.programs.ran().size();
  apply(rig, recipe);  // and is not made once more for that
  for (std::size_t i = calls; i < rig.programs.ran().size(); ++i)
    CHECK_THAT(rig.programs.ran()[i].text(), !Catch::Contains("venv"));
}

TEST_CASE("what the system has serves an environment that sees it, and is missed when it is gone") {
  PythonRig rig;
  const std::filesystem::path of_system = "/usr/lib/python3/dist-packages/six.egg-info";
  rig.add_file(of_system);
  const auto recipe = rig.read("- virtualenv: {path: /opt/e, packages: [six], system_site_packages: true}\n");
  apply(rig, recipe);
  CHECK_FALSE(rig.root.info(k_site / "six-1.0.dist-info"));
  CHECK(look(rig, recipe).starts_with("as wanted"));
  CHECK(look(rig, rig.read("- virtualenv: {path: /opt/e, packages: [six]}\n")).starts_with("no six"));
  rig.root.remove(of_system);
  CHECK(look(rig, recipe).starts_with("no six"));
  apply(rig, recipe);
  CHECK(look(rig, recipe).starts_with("as wanted"));
}

TEST_CASE("packages of the system are known by their names in files, dots and all") {
  PythonRig rig;
  apply(rig, rig.read(k_steps));
  const std::filesystem::path of_system = "/usr/lib/python3/dist-packages";
  for (const char* name : {"ruamel.yaml-0.17.21.egg-info", "Foo_Bar-1.2.dist-info", "old-1.0-py3.11.egg-info",
                           "bare.egg-info", "no_info.py"})
    rig.add_file(of_system / name);
  rig.add_file("/usr/local/lib/python3.11/dist-packages/local-2.dist-info");
  rig.add_file("/usr/local/lib/python3.12/dist-packages/other-2.dist-info");
  CHECK(read_system_packages(rig.root, "/opt/e") ==
        std::set<std::string>{"bare", "foo-bar", "local", "old", "ruamel-yaml"});
}

TEST_CASE("an environment that its owner could not reach is not begun") {
  PythonRig rig;
  rig.root.make_directories("/srv");
  rig.root.make_directories("/srv/own", 0750);
  CHECK_THROWS_WITH(apply(rig, rig.read("- virtualenv: {path: /srv/own/e, packages: [six]}\n")),
                    Catch::Contains("/srv/own/e: _rigsetup-env may not enter /srv/own"));
  CHECK_FALSE(rig.root.info("/srv/own/e"));
  CHECK(rig.programs.ran().empty());
}

TEST_CASE("an owner who is not there yet keeps nobody from seeing that the environment is not") {
  PythonRig rig;
  const auto recipe = rig.read("- virtualenv: {path: /opt/e, packages: [six], owner: bob}\n");
  CHECK(look(rig, recipe) == "absent -> an environment with six");
  CHECK_THROWS_WITH(apply(rig, recipe), Catch::Contains("there is no user bob"));
  rig.root.make_directories("/opt/e", 0755, {1003, 1003});
  CHECK(look(rig, recipe) == "pending: there is no user bob yet");
}

TEST_CASE("what pip says last is the cause") {
  PythonRig rig;
  const auto recipe = rig.read("- virtualenv: {path: /opt/e, packages: [no-such-project]}\n");
  CHECK_THROWS_WITH(apply(rig, recipe),
                    "cannot make the Python environment /opt/e: the package index has nothing for "
                    "no-such-project");
  CHECK(look(rig, recipe).starts_with("an unfinished environment"));

  rig.programs.on(
      [](const Command& command) { return command.argv.size() > 4 && command.argv[4] == "install"; },
      [](const Command&) {
        return FakePrograms::finished(1,
                                      "WARNING: Retrying after NewConnectionError('...')\n"
                                      "ERROR: No matching distribution found for six\n");
      });
  CHECK_THROWS_WITH(apply(rig, rig.read(k_steps)), Catch::Contains("pip cannot reach the package index"));
}

TEST_CASE("a download that breaks off is tried again, a few times") {
  PythonRig rig;
  const int breaks = GENERATE(1, 3, 4);
  INFO(breaks);
  int tries = 0;
  rig.programs.on(
      [&](const Command& command) {
        return command.argv.size() > 4 && command.argv[4] == "install" && tries++ < breaks;
      },
      [](const Command&) {
        return FakePrograms::finished(2,
                                      "ProtocolError: ('Connection broken: IncompleteRead(5 bytes read)')\n");
      });
  const auto recipe = rig.read(k_steps);
  if (breaks < 4) {
    apply(rig, recipe);
    CHECK(look(rig, recipe).starts_with("as wanted"));
    CHECK(tries == breaks + 1);
  } else {
    CHECK_THROWS_WITH(apply(rig, recipe), Catch::Contains("pip cannot reach the package index"));
    CHECK(tries == 4);
  }
}

TEST_CASE("a version of Python is an interpreter, and its absence says which packages bring it") {
  PythonRig rig;
  const auto recipe = rig.read("- virtualenv: {path: /opt/e, python: 3.12, packages: [six]}\n");
  CHECK(look(rig, recipe) == "pending: python3.12 is not installed");
  try {
    apply(rig, recipe);
    FAIL("it was made");
  } catch (const Error& error) {
    CHECK(error.message() == "cannot make the Python environment /opt/e: python3.12 is not installed");
    CHECK(error.hint().starts_with("add the packages python3.12 and python3.12-venv"));
  }
  rig.add_program("/usr/bin/python3.12");
  rig.root.make_directories("/usr/lib/python3.12");
  CHECK(look(rig, recipe) ==
        "pending: python3.12 cannot make environments: package python3.12-venv is not installed");
}

TEST_CASE("exact takes away what is not needed, and nothing else does") {
  PythonRig rig;
  apply(rig, rig.read("- virtualenv: {path: /opt/e, packages: [numpy, six]}\n"));
  rig.programs.on(
      [](const Command& command) { return command.argv.size() > 4 && command.argv[4] == "uninstall"; },
      [&rig](const Command& command) {
        for (std::size_t i = 7; i < command.argv.size(); ++i)
          rig.root.remove_all(k_site / (command.argv[i] + "-1.0.dist-info"));
        return FakePrograms::finished(0);
      });
  const auto loose = rig.read("- virtualenv: {path: /opt/e, packages: [six]}\n");
  apply(rig, loose);
  CHECK(look(rig, loose) == "as wanted: six 1.0, in all 3 packages");
  const auto exact = rig.read("- virtualenv: {path: /opt/e, packages: [six], exact: true}\n");
  CHECK(look(rig, exact) == "made for other requirements -> an environment with nothing but six");
  apply(rig, exact);
  CHECK(look(rig, exact) == "as wanted: six 1.0, in all 2 packages");
  add_info(rig, "intruder-1.0");
  CHECK(look(rig, exact) == "besides intruder -> an environment with nothing but six");
  apply(rig, exact);
  CHECK(look(rig, exact).starts_with("as wanted"));
}

TEST_CASE("another build of the same version is installed anew, and only that") {
  PythonRig rig;
  const std::string fields = "packages: [torch==2.7.0, six], index_url: \"https://a.example/whl/cu126\"";
  const auto recipe = rig.read("- virtualenv: {path: /opt/e, " + fields + "}\n");
  apply(rig, recipe);
  rig.root.remove_all(k_site / "torch-1.0.dist-info");
  add_info(rig, "torch-2.7.0+cpu");
  CHECK(look(rig, recipe).find("torch 2.7.0+cpu instead of cu126") != std::string::npos);
  apply(rig, recipe);
  const auto ran = rig.programs.ran();
  const auto& anew = ran[ran.size() - 2].argv;
  CHECK(std::find(anew.begin(), anew.end(), "--force-reinstall") != anew.end());
  CHECK(std::find(anew.begin(), anew.end(), "--no-deps") != anew.end());
  CHECK(anew.back() == "torch==2.7.0");
}

TEST_CASE("an environment that was made before frameworks had their own index is as wanted") {
  // As the kind wrote it when it had no parts.
  const std::string record =
      "rigsetup environment 1\n"
      "asked 7f4a2da04e444abb16abad1fbada6316529996c4cb04e5438729eb7d8e3cf28a\n"
      "package numpy 1.0\npackage pip 1.0\npackage six 1.0\n";
  PythonRig rig;
  const auto recipe = rig.read(k_steps);
  apply(rig, recipe);
  CHECK(rig.text("/opt/e/.rigsetup") == record);
  CHECK(test::subject(recipe).things() == std::vector<Thing>{{"virtualenv", "/opt/e"}});
}

TEST_CASE("what pip left half installed is not taken for whole") {
  PythonRig rig;
  const auto recipe = rig.read(k_steps);
  apply(rig, recipe);
  rig.root.remove(k_site / "six-1.0.dist-info/RECORD");
  rig.add_file(k_site / "~umpy/__init__.py");
  CHECK(look(rig, recipe).starts_with("no six -> "));
  apply(rig, recipe);
  CHECK(look(rig, recipe).starts_with("as wanted"));
  CHECK(rig.root.info(k_site / "six-1.0.dist-info/RECORD"));
  CHECK_FALSE(rig.root.info(k_site / "~umpy"));
}

TEST_CASE("sources and hashes reach pip, and what excludes each other is complained of") {
  PythonRig rig;
  const std::string file = "six==1.0 --hash=sha256:aa\n";
  rig.root.make_directories("/srv/wheels");
  apply(rig, rig.read("- virtualenv: {path: /opt/e, requirements: r.txt, wheels: /srv/wheels}\n",
                      {{"r.txt", file}}));
  CHECK(rig.last_argv() == std::vector<std::string>{"/opt/e/bin/python", "-I", "-m", "pip", "install",
                                                    "--progress-bar=off", "--require-hashes", "--no-index",
                                                    "--find-links", "/srv/wheels", "--requirement",
                                                    "/opt/e/.rigsetup-work/requirements.txt", "--"});
  CHECK(look(rig, rig.read("- virtualenv: {path: /opt/f, packages: [six], wheels: /srv/none}\n")) ==
        "pending: there is no folder /srv/none yet");

  const auto faults = [&](const std::string& fields) {
    return complaints(rig, "- virtualenv: {path: /opt/e, " + fields + "}\n", {{"r.txt", file}});
  };
  CHECK(faults("packages: [\"--editable\"]").find("is not a requirement") != std::string::npos);
  CHECK(faults("index_url: pypi").find("is not a URL") != std::string::npos);
  CHECK(faults("index_url: \"https://a.example\", wheels: /w").find("either from an index") !=
        std::string::npos);
  CHECK(faults("extra_index_urls: [pypi]").find("is not a URL") != std::string::npos);
  CHECK(faults("extra_index_urls: [\"https://a.example\"], wheels: /w")
            .find("remove extra_index_urls or wheels") != std::string::npos);
  CHECK(faults("pylock: r.txt, packages: [six]").find("a lock names all packages") != std::string::npos);
  CHECK(faults("exact: true, packages: [\"git+https://a.example/x\"]").find("write it with its name") !=
        std::string::npos);
  const auto of_packages = [&](const std::string& fields) {
    return complaints(rig, "- virtualenv_packages: {path: /opt/e, " + fields + "}\n", {{"r.txt", file}});
  };
  CHECK(of_packages("framework_packages: [torch]").find("are named together") != std::string::npos);
  CHECK(of_packages("framework_index_url: \"https://a.example\"").find("are named together") !=
        std::string::npos);
  CHECK(of_packages(
            "requirements: r.txt, framework_packages: [six], framework_index_url: \"https://a.example\"")
            .find("say already which files") != std::string::npos);
  CHECK(of_packages("framework_packages: [six], framework_index_url: pypi").find("is not a URL") !=
        std::string::npos);
  CHECK(faults("require_hashes: true").find("there is none") != std::string::npos);
  CHECK(faults("requirements: r.txt, packages: [six]").find("packages have no hashes") != std::string::npos);
}
