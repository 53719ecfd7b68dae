// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/text.hpp>
#include <rigsetup/compat/load.hpp>
#include <rigsetup/diagnosis/caller.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_programs.hpp"

using namespace rigsetup;
using namespace rigsetup::diagnosis;

namespace {

Signs signs_of(const std::string& rig) {
  const Tree tree(std::filesystem::path(RIGSETUP_SOURCE_DIR "/tests/rigs") / rig);
  test::FakePrograms programs;
  test::FakeClock clock;
  const Host host{tree, programs, clock, &tree, true};
  auto facts = gather_facts(host);
  ask_awake_gpus(facts, host, {});
  Complaints complaints;
  return look_for_signs(
      host, std::move(facts),
      compat::load(compat::table_folders(RIGSETUP_SOURCE_DIR "/recipes", "/nowhere"), complaints));
}

std::string names(const CallerSide& caller, const Signs& signs) {
  std::vector<std::string> names;
  for (const auto& one : judge(caller, signs)) names.push_back((one.note ? "note:" : "") + one.name);
  return join(names, " ");
}

/// torch as its builds for CUDA 12.6 are.
CallerSide::Framework torch() {
  CallerSide::Framework torch;
  torch.name = "torch";
  torch.version = "2.7.1";
  torch.cuda = "12.6";
  torch.architectures = {"sm_50", "sm_60", "sm_70", "sm_75", "sm_80", "sm_86", "sm_90"};
  torch.sees_gpu = true;
  return torch;
}

CallerSide with(CallerSide::Framework framework) {
  CallerSide caller;
  caller.python = "/home/ada/venv/bin/python";
  caller.frameworks = {std::move(framework)};
  return caller;
}

}  // namespace

TEST_CASE("CUDA_VISIBLE_DEVICES: what hides GPUs is told, what does not is not") {
  const auto two = signs_of("two-gpus-jammy");
  const auto uuid = two.cards()[1].gpu.uuid;
  REQUIRE(uuid.starts_with("GPU-"));
  const std::vector<std::string> fine{"0", "1", "0,1", "1,0", " 0 , 1 ", uuid, uuid.substr(0, 10), "MIG-x"};
  for (const auto& value : fine) {
    INFO(value);
    CallerSide caller;
    caller.visible_devices = value;
    CHECK(names(caller, two) == "");
  }
  CHECK(names({}, two) == "");
  for (const char* value : {"", " ", "-1", "NoDevFiles", "2", "GPU-00000000-dead", "none", "2,0"}) {
    INFO(value);
    CallerSide caller;
    caller.visible_devices = value;
    CHECK(names(caller, two) == "gpu-hidden");
    CHECK(judge(caller, two)[0].what.find("every GPU") != std::string::npos);
    CHECK(names(caller, signs_of("no-gpu-jammy")) == "");
  }
  CallerSide some;
  some.visible_devices = "1,7";
  REQUIRE(names(some, two) == "gpu-hidden");
  CHECK(judge(some, two)[0].what.find("some GPUs") != std::string::npos);
}

TEST_CASE("a UUID is not judged where nobody can know it: the card sleeps") {
  CallerSide caller;
  caller.visible_devices = "GPU-00000000-dead";
  CHECK(names(caller, signs_of("laptop-hybrid-jammy")) == "");
}

TEST_CASE("folders of LD_LIBRARY_PATH that stand before the right libraries") {
  const auto two = signs_of("two-gpus-jammy");
  CallerSide caller;
  caller.folders = {{"/usr/local/cuda/lib64/stubs", {"libcuda.so"}},
                    {"/opt/old", {"libnvidia-ml.so.1"}},
                    {"/usr/local/cuda/lib64", {"libcudnn.so.8"}}};
  CHECK(names(caller, two) == "library-shadowed library-shadowed note:library-shadowed");
  CHECK(judge(caller, two)[0].what.find("stubs") != std::string::npos);
  caller.folders = {{"/usr/lib/x86_64-linux-gnu/", {"libcuda.so.1"}},
                    {"/lib/x86_64-linux-gnu", {"libcudnn.so.9"}}};
  CHECK(names(caller, two) == "");
  caller.folders = {{"/usr/lib/wsl/lib", {"libcuda.so.1"}}};
  CHECK(names(caller, signs_of("wsl2-jammy")) == "");
  caller.folders = {{"/opt/mine", {}}};
  CHECK(names(caller, two) == "");
}

TEST_CASE("nvcc in PATH against the toolkit that is installed") {
  auto two = signs_of("two-gpus-jammy");
  CallerSide caller;
  caller.nvcc = "/usr/bin/nvcc";
  caller.nvcc_version = "11.5";
  CHECK(names(caller, two) == "");  // there is no other
  for (const char* name : {"cuda-toolkit-12-6", "cuda-toolkit-12-9", "cuda-toolkit-config-common"}) {
    two.facts.nvidia.packages.push_back({name, "1", "installed", "nvidia", ""});
  }
  REQUIRE(names(caller, two) == "nvcc-shadowed");
  CHECK(judge(caller, two)[0].command.find("nvidia-cuda-toolkit") != std::string::npos);
  caller.nvcc = "/usr/local/cuda-12.6/bin/nvcc";
  caller.nvcc_version = "12.6";
  CHECK(names(caller, two) == "");
  CHECK(names({}, two) == "note:nvcc-not-in-path");
}

TEST_CASE("frameworks: built without CUDA, for a newer driver, for other GPUs") {
  auto two = signs_of("two-gpus-jammy");  // driver 580, compute capability 8.9
  CHECK(names(with(torch()), two) == "");
  auto cpu = torch();
  cpu.cuda = "";
  cpu.architectures = {};
  cpu.sees_gpu = false;
  CHECK(names(with(cpu), two) == "framework-without-cuda");
  CHECK(names(with(cpu), signs_of("no-gpu-jammy")) == "");
  auto blind = torch();
  blind.sees_gpu = false;
  CHECK(names(with(blind), two) == "framework-sees-no-gpu");
  blind.sees_gpu.reset();
  CHECK(names(with(blind), two) == "");
  CHECK(names(with(torch()), signs_of("rtx5090-jammy")) == "no-kernel-image");
  CHECK(names(with({}), two) == "");

  two.facts.machine->nvidia->version = "520.61.05";
  CHECK(names(with(torch()), two) == "driver-too-old-for-cuda");
  auto older = torch();
  older.cuda = "11.8";
  CHECK(names(with(older), two) == "");
}

TEST_CASE("which code runs on which GPU") {
  auto two = signs_of("two-gpus-jammy");
  const auto runs = [&](const std::string& architecture, const std::string& device) {
    for (auto& gpu : two.facts.machine->gpus) gpu.device_id = device;
    auto only = torch();
    only.architectures = {architecture};
    return names(with(only), two).empty();
  };
  CHECK(runs("sm_89", "2684"));  // 8.9
  CHECK(runs("sm_80", "2684"));
  CHECK_FALSE(runs("sm_75", "2684"));
  CHECK_FALSE(runs("sm_90", "2684"));
  CHECK(runs("compute_75", "2684"));
  CHECK_FALSE(runs("compute_90", "2684"));
  CHECK(runs("sm_120", "2b85"));  // 12.0
  CHECK_FALSE(runs("sm_90a", "2b85"));
  CHECK(runs("sm_90a", "2335"));  // 9.0
  CHECK_FALSE(runs("nonsense", "2684"));
}

TEST_CASE("what cannot be imported, and a Python that does not answer") {
  const auto two = signs_of("two-gpus-jammy");
  CallerSide::Framework broken;
  broken.name = "torch";
  broken.error = "ImportError: libcudnn.so.9: cannot open shared object file: No such file or directory";
  REQUIRE(names(with(broken), two) == "framework-broken");
  CHECK(judge(with(broken), two)[0].why.find("cuDNN") != std::string::npos);
  CallerSide silent;
  silent.python = "/usr/bin/python3";
  silent.python_problem = "timed out after 60 s";
  silent.closed_devices = {"/dev/nvidia0"};
  CHECK(names(silent, two) == "devices-closed note:python-silent");
}
