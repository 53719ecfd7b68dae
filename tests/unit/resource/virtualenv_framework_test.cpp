// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// A framework's packages and all others, each from an index of its own.

#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::apply;
using test::FakePrograms;
using test::look;
using test::Rig;

namespace {

const std::filesystem::path k_site = "/opt/e/lib/python3.11/site-packages";

void add_info(const Rig& rig, const std::string& name) {
  rig.add_file(k_site / (name + ".dist-info/METADATA"));
  rig.add_file(k_site / (name + ".dist-info/RECORD"));
}

struct PythonRig : Rig {
  PythonRig() { test::add_python(*this); }
};

constexpr const char* k_two_indexes =
    "- virtualenv_packages: {path: /opt/e, packages: [six, torch>=2], requirements: r.txt, "
    "framework_packages: [torch, torchvision], framework_index_url: \"https://a.example/whl/cu126\"}\n";
const Attachments k_two_files{{"r.txt", "numpy<2 # as long as it must\ntorchvision; python_version > '3'\n"}};

/// What pip was told behind its own name and the bar of its progress, a line for each call.
std::vector<std::string> pip_calls(const PythonRig& rig) {
  std::vector<std::string> calls;
  for (const auto& command : rig.programs.ran()) {
    if (command.argv.size() < 6 || command.argv[4] != "install") continue;
    calls.push_back(join(std::vector<std::string>(command.argv.begin() + 6, command.argv.end()), " "));
  }
  return calls;
}

}  // namespace

TEST_CASE("a framework comes from its index alone, and all else from the other") {
  PythonRig rig;
  std::vector<std::string> files;
  const auto keep = [&](const Command& command) {
    for (const std::string& word : command.argv) {
      if (word.ends_with(".txt")) files.push_back(rig.text(word));
    }
    return false;
  };
  rig.programs.on(keep, [](const Command&) { return FakePrograms::finished(0); });
  const auto recipe = rig.read(k_two_indexes, k_two_files);
  apply(rig, recipe);
  CHECK(pip_calls(rig) ==
        std::vector<std::string>{"--index-url https://a.example/whl/cu126 --requirement "
                                 "/opt/e/.rigsetup-work/requirements.txt -- torch>=2",
                                 "--constraint /opt/e/.rigsetup-work/constraints.txt --requirement "
                                 "/opt/e/.rigsetup-work/requirements.txt -- six"});
  CHECK(files == std::vector<std::string>{"torchvision; python_version > '3'\n",
                                          "torch==1.0+cu126\ntorchvision==1.0+cu126\n",
                                          "numpy<2 # as long as it must\n"});
  const auto only_torch = rig.read(
      "- virtualenv_packages: {path: /opt/f, packages: [torch], framework_packages: [torch], "
      "framework_index_url: \"https://a.example/whl/cpu\"}\n");
  const auto before = pip_calls(rig).size();
  apply(rig, only_torch);
  CHECK(pip_calls(rig).size() == before + 1);
}

TEST_CASE("a framework's build of another index is put in its place by its own") {
  PythonRig rig;
  const auto recipe = rig.read(
      "- virtualenv_packages: {path: /opt/e, packages: [six, torch], framework_packages: [torch, "
      "torchvision], "
      "framework_index_url: \"https://a.example/whl/cu126\"}\n");
  apply(rig, recipe);
  CHECK(look(rig, recipe).starts_with("as wanted: six 1.0, torch 1.0+cu126"));
  const auto before = pip_calls(rig).size();
  SECTION("the one that is asked for, before all else") {
    rig.root.remove_all(k_site / "torch-1.0+cu126.dist-info");
    const std::string other = GENERATE("torch-1.0", "torch-1.0+cpu");
    add_info(rig, other);
    CHECK(look(rig, recipe).find(" instead of cu126") != std::string::npos);
    apply(rig, recipe);
    CHECK(pip_calls(rig).at(before) ==
          "--force-reinstall --no-deps --index-url https://a.example/whl/cu126 -- torch");
  }
  SECTION("one that came along, in its version, once it is known") {
    add_info(rig, "torchvision-0.26.0");
    CHECK(look(rig, recipe).starts_with("torchvision 0.26.0 instead of cu126 -> "));
    apply(rig, recipe);
    CHECK(pip_calls(rig).back() ==
          "--force-reinstall --no-deps --index-url https://a.example/whl/cu126 -- torchvision==0.26.0");
  }
  SECTION("and what is damaged comes from where it came from") {
    for (const char* info : {"torch-1.0+cu126", "six-1.0"}) {
      rig.add_file(k_site / (std::string(info) + ".dist-info/RECORD"), std::string(info) + "/gone.py,,5\n");
    }
    apply(rig, recipe);
    CHECK(pip_calls(rig).at(before) ==
          "--force-reinstall --no-deps --index-url https://a.example/whl/cu126 -- torch");
    CHECK(pip_calls(rig).at(before + 1) == "--force-reinstall --no-deps -- six");
  }
}
