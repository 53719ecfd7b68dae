// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/program_file.hpp"
#include "resource/python_environment.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::Rig;

TEST_CASE("names of Python projects are compared as PEP 503 says") {
  CHECK(normalised_python_name("Foo.Bar_baz") == "foo-bar-baz");
  CHECK(normalised_python_name("foo-_-bar") == "foo-bar");
  CHECK(normalised_python_name("numpy") == "numpy");
}

TEST_CASE("requirements are read as far as they can be judged without pip") {
  struct Row {
    const char* text;
    const char* name;
    bool any_version;
    bool conditional;
  };
  const Row row = GENERATE(values<Row>({
      {"numpy", "numpy", true, false},
      {"Numpy == 1.26.4", "numpy", false, false},
      {"torch>=2.1,<3", "torch", false, false},
      {"jupyter_server[test, dev]", "jupyter-server", true, false},
      {"uvloop[x]~=0.19", "uvloop", false, false},
      {"tomli; python_version < \"3.11\"", "tomli", true, true},
      {"pip @ https://example.org/pip.whl", "pip", false, false},
      {"six==1.16.0 --hash=sha256:aa", "six", false, false},
      {"./local.whl", "", false, false},
      {"local-1.0-py3-none-any.whl", "", false, false},
      {"git+https://example.org/x.git", "", false, false},
      {"https://example.org/x.whl", "", false, false},
  }));
  INFO(row.text);
  const auto requirement = parse_python_requirement(row.text);
  CHECK(requirement.name == row.name);
  CHECK(requirement.any_version == row.any_version);
  CHECK(requirement.conditional == row.conditional);
}

TEST_CASE("a requirements file gives its requirements, and whether it has hashes") {
  const std::string file =
      "# made by hand\n--index-url https://pypi.example\nnumpy==1.26.4 \\\n    --hash=sha256:aa \\\n    "
      "--hash=sha256:bb\n"
      "six  # small\n-r other.txt\n\n";
  const auto requirements = parse_requirements_file(file);
  REQUIRE(requirements.size() == 2);
  CHECK(requirements[0].name == "numpy");
  CHECK(requirements[1].name == "six");
  CHECK(requirements[1].any_version);
  CHECK(has_hashes(file));
  CHECK_FALSE(has_hashes("numpy==1.26.4\n"));
}

TEST_CASE("the packages of an environment are those whose metadata is whole") {
  Rig rig;
  test::add_python(rig);
  const std::filesystem::path site = "/opt/e/lib/python3.11/site-packages";
  rig.add_file("/opt/e/pyvenv.cfg");
  rig.add_file(site / "Foo_Bar-1.2.dist-info/METADATA");
  rig.add_file(site / "broken-3.0.dist-info/RECORD");
  rig.add_file("/opt/e/lib/python3.9/site-packages/old-1.0.dist-info/METADATA");
  rig.root.make_directories("/opt/e/bin");
  CHECK_FALSE(read_python_environment(rig.root, "/opt/e").made);
  rig.root.make_link("/opt/e/bin/python", "/usr/bin/python3");
  const auto environment = read_python_environment(rig.root, "/opt/e");
  CHECK(environment.made);
  CHECK(environment.packages == std::map<std::string, std::string>{{"foo-bar", "1.2"}});
  CHECK_FALSE(read_python_environment(rig.root, "/opt/none").exists);
}

TEST_CASE("a record that somebody else wrote is no record") {
  Rig rig;
  rig.root.make_directories("/opt/e");
  CHECK_FALSE(read_record(rig.root, "/opt/e"));
  write_record(rig.root, "/opt/e", {"abc", {{"six", "1.0"}}}, {});
  const auto record = read_record(rig.root, "/opt/e");
  REQUIRE(record);
  CHECK(record->asked == "abc");
  CHECK(record->packages.at("six") == "1.0");
  rig.add_file("/opt/e/.rigsetup", "asked abc\n");
  CHECK_FALSE(read_record(rig.root, "/opt/e"));
  rig.root.remove("/opt/e/.rigsetup");
  rig.root.make_directories("/opt/e/.rigsetup");
  CHECK_FALSE(read_record(rig.root, "/opt/e"));
}

TEST_CASE("programs are found as the target would find them") {
  Rig rig;
  CHECK_FALSE(find_program(rig.root, "tool"));
  rig.add_file("/usr/bin/tool");
  CHECK_FALSE(find_program(rig.root, "tool"));
  rig.add_program("/usr/bin/tool");
  CHECK(find_program(rig.root, "tool") == std::filesystem::path("/usr/bin/tool"));
  rig.add_program("/usr/local/bin/tool");
  CHECK(find_program(rig.root, "tool") == std::filesystem::path("/usr/local/bin/tool"));
  CHECK(find_program(rig.root, "/usr/bin/tool"));
  CHECK_FALSE(find_program(rig.root, "/usr/bin/none"));
  CHECK_FALSE(find_program(rig.root, "/usr/bin"));
}

TEST_CASE("links are followed inside the target, and circles end") {
  Rig rig;
  rig.add_program("/usr/bin/tool-1");
  rig.root.make_link("/usr/bin/tool", "/etc/alternatives/tool");
  rig.root.make_directories("/etc/alternatives");
  rig.root.make_link("/etc/alternatives/tool", "../../usr/bin/tool-1");
  CHECK(follow_links(rig.root, "/usr/bin/tool") == std::filesystem::path("/usr/bin/tool-1"));
  rig.root.make_link("/usr/bin/a", "b");
  rig.root.make_link("/usr/bin/b", "a");
  CHECK_FALSE(follow_links(rig.root, "/usr/bin/a"));
  CHECK_FALSE(follow_links(rig.root, "/usr/bin/none"));
}

TEST_CASE("code belongs to the first on its path who is not root") {
  Rig rig;
  rig.root.make_directories("/home/alice", 0755, {1000, 1000});
  rig.root.make_directories("/home/alice/e/bin", 0755, {1000, 1000});
  rig.root.make_directories("/opt/e/bin");
  CHECK(code_owner(rig.root, "/home/alice/e/bin") == Owner{1000, 1000});
  CHECK(code_owner(rig.root, "/opt/e/bin") == Owner{});
  std::filesystem::create_directories(rig.root.root() / "home/alice/e/root-owned");
  CHECK(code_owner(rig.root, "/home/alice/e/root-owned") == Owner{1000, 1000});
}
