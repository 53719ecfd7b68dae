// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/program_file.hpp"
#include "resource/python/python_environment.hpp"
#include "resource/python/python_files.hpp"
#include "resource/python/python_needs.hpp"
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
  rig.add_file(site / "Foo_Bar-1.2.dist-info/RECORD");
  rig.add_file(site / "half-1.0.dist-info/METADATA");  // pip was killed before it wrote RECORD
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

TEST_CASE("extras, and the conditions under which something is needed") {
  const auto all = parse_dependencies(
      "Metadata-Version: 2.1\nName: torch\nRequires-Dist: filelock\nRequires-Dist: nvidia-cudnn-cu12==9.1; "
      "platform_system == \"Linux\"\nRequires-Dist: optree>=0.13; extra == \"opt-einsum\"\n"
      "Requires-Dist: ray[default,Tune_x]; extra=='all'\n\nRequires-Dist: not-this\n");
  REQUIRE(all.size() == 4);
  CHECK(all[0].name == "filelock");
  CHECK(all[1].name == "nvidia-cudnn-cu12");
  CHECK(all[1].of_extra.empty());
  CHECK(all[2].of_extra == "opt-einsum");
  CHECK(all[3].of_extra == "all");
  CHECK(all[3].extras == std::vector<std::string>{"default", "tune-x"});
}

TEST_CASE("the lines of a requirements file that are about some packages") {
  const std::string file =
      "# head\n--index-url https://a.example\nnumpy==1.0 \\\n    --hash=sha256:aa\nsix==1.0 "
      "--hash=sha256:bb\n";
  CHECK(lines_of_requirements(file, {"six"}) == "--index-url https://a.example\nsix==1.0 --hash=sha256:bb\n");
  CHECK(lines_of_requirements(file, {"numpy"}).find("--hash=sha256:aa") != std::string::npos);
}

TEST_CASE("what nothing needs any more") {
  test::Rig rig;
  test::add_python(rig);
  const std::filesystem::path site = "/opt/e/lib/python3.11/site-packages";
  const auto add = [&](const std::string& name, const std::string& needs) {
    rig.add_file(site / (name + "-1.0.dist-info/METADATA"), "Name: " + name + "\n" + needs + "\n");
    rig.add_file(site / (name + "-1.0.dist-info/RECORD"));
  };
  rig.root.make_directories("/opt/e/bin");
  rig.root.make_link("/opt/e/bin/python", "/usr/bin/python3");
  add("pip", "");
  add("setuptools", "");
  add("torch", "Requires-Dist: filelock\nRequires-Dist: optree; extra == \"opt\"\n");
  add("filelock", "");
  add("optree", "Requires-Dist: torch\n");
  add("pandas", "Requires-Dist: numpy\n");
  add("numpy", "");
  const auto rest = [&](const std::string& requirement) {
    return not_needed(rig.root, read_python_environment(rig.root, "/opt/e"),
                      {parse_python_requirement(requirement)});
  };
  CHECK(rest("torch") == std::vector<std::string>{"numpy", "optree", "pandas"});
  CHECK(rest("Torch[opt]==1.0") == std::vector<std::string>{"numpy", "pandas"});
  CHECK(rest("pandas") == std::vector<std::string>{"filelock", "optree", "torch"});
}

TEST_CASE("files of an environment that are gone or cut short") {
  test::Rig rig;
  test::add_python(rig);
  const std::filesystem::path site = "/opt/e/lib/python3.11/site-packages";
  rig.root.make_directories("/opt/e/bin");
  rig.root.make_link("/opt/e/bin/python", "/usr/bin/python3");
  rig.add_file(site / "six-1.0.dist-info/METADATA", "Name: six\n");
  rig.add_file(site / "six-1.0.dist-info/RECORD",
               "six/__init__.py,sha256=x,5\r\nsix/__pycache__/a.pyc,,\n\"six/with, comma.py\",sha256=x,3\n"
               "../../../bin/six,sha256=x,4\n../../../../elsewhere,sha256=x,9\n/etc/six,,\n"
               "six/shared.py,sha256=x,2\nsix-1.0.dist-info/RECORD,,\n");
  rig.add_file(site / "six/__init__.py", "12345");
  rig.add_file(site / "six/with, comma.py", "123");
  rig.add_file("/opt/e/bin/six", "1234");
  const auto damaged = [&] {
    return damaged_packages(rig.root, read_python_environment(rig.root, "/opt/e"));
  };
  rig.add_file(site / "six/shared.py", "12");  // of another that came before as well
  rig.add_file(site / "seven-1.0.dist-info/METADATA", "Name: seven\n");
  rig.add_file(site / "seven-1.0.dist-info/RECORD", "six/shared.py,sha256=x,77\n");
  CHECK(damaged().empty());
  std::vector<std::string> broken = {"six"};
  SECTION("cut short") { rig.add_file(site / "six/__init__.py", ""); }
  SECTION("gone") { rig.root.remove(site / "six/with, comma.py"); }
  SECTION("a program of it is gone") { rig.root.remove("/opt/e/bin/six"); }
  SECTION("what both have is gone") {
    rig.root.remove(site / "six/shared.py");
    broken = {"seven", "six"};
  }
  CHECK(damaged() == broken);
}

TEST_CASE("which build an index has, and which is installed") {
  CHECK(build_of_index("https://download.pytorch.org/whl/cu126") == "cu126");
  CHECK(build_of_index("https://download.pytorch.org/whl/cpu/") == "cpu");
  CHECK(build_of_index("https://pypi.org/simple") == "");
  PythonEnvironment environment;
  environment.packages = {
      {"torch", "2.7.0+cpu"}, {"torchvision", "0.22.0+cu126"}, {"numpy", "2.0"}, {"x", "1+local"}};
  const std::vector<PythonRequirement> all = parse_requirements_file("torch==2.7.0\ntorchvision\nnumpy\nx\n");
  using Others = std::map<std::string, std::string>;
  CHECK(other_builds(environment, all, "https://a.example/whl/cu126") == Others{{"torch", "2.7.0+cpu"}});
  CHECK(other_builds(environment, all, "https://a.example/whl/cpu") ==
        Others{{"torchvision", "0.22.0+cu126"}});
  CHECK(other_builds(environment, all, "https://pypi.org/simple").empty());
}

TEST_CASE("which packages have to be of an index, and are not") {
  PythonEnvironment environment;
  environment.packages = {
      {"torch", "2.7.0+cu126"}, {"torchvision", "0.22.0"}, {"torchaudio", "2.7.0+cpu"}, {"numpy", "2.0"}};
  const std::vector<std::string> names{"torch", "torchvision", "torchaudio", "triton"};
  using Builds = std::map<std::string, std::string>;
  CHECK(foreign_builds(environment, names, "https://a.example/whl/cu126") ==
        Builds{{"torchvision", "0.22.0"}, {"torchaudio", "2.7.0+cpu"}});
  CHECK(foreign_builds(environment, names, "https://a.example/simple").empty());
}

TEST_CASE("a requirements file is parted by names, and tells whether it names an index") {
  const std::string text =
      "# all\n--pre\ntorch>=2 \\\n  ; python_version > '3'\nTorchVision\nnumpy\ngit+https://a.example/x\n";
  const auto [of_names, others] = parted_requirements(text, {"torch", "torchvision"});
  CHECK(of_names == "torch>=2 ; python_version > '3'\nTorchVision\n");
  CHECK(others == "--pre\nnumpy\ngit+https://a.example/x\n");
  CHECK_FALSE(names_an_index(text));
  for (const char* line : {"-i https://a.example", "--index-url=https://a.example", "  --no-index",
                           "--extra-index-url https://a.example", "-f /srv", "--find-links /srv"}) {
    INFO(line);
    CHECK(names_an_index("numpy\n" + std::string(line) + "\n"));
  }
}

TEST_CASE("a requirement that says which build or file it is") {
  CHECK(parse_python_requirement("torch==2.7.0+cu126").names_build());
  CHECK(parse_python_requirement("torch[opt] @ https://a.example/torch.whl").names_build());
  CHECK_FALSE(parse_python_requirement("torch>=2,<3 ; extra == 'a+b'").names_build());
  CHECK_FALSE(parse_python_requirement("torch").names_build());
}
