// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::check;
using test::FakePrograms;
using test::Rig;

namespace {

FakePrograms::Matches with_word(const std::string& word) {
  return [word](const Command& command) {
    for (const auto& item : command.argv) {
      if (item == word) return true;
    }
    return false;
  };
}

Evidence last_evidence(Rig& rig, const BuiltRecipe& recipe) {
  return rig.check(*recipe.steps.front().check).evidence.back();
}

}  // namespace

TEST_CASE("nvcc passes when a program compiles, links and starts, and the evidence says what it answered") {
  Rig rig;
  test::add_nvcc(rig);
  const auto recipe = rig.read("- nvcc_compiles: {host_compiler: g++-11}\n");
  CHECK(check(rig, recipe) == "passed");
  CHECK(last_evidence(rig, recipe).seen == "cudaErrorNoDevice (100): no CUDA-capable device is detected");
  const auto compiling = rig.programs.ran().at(1).argv;
  CHECK(std::vector<std::string>(compiling.begin() + 1, compiling.begin() + 3) ==
        std::vector<std::string>{"-ccbin", "g++-11"});
  CHECK(rig.root.list("/tmp").empty());
}

TEST_CASE("NVIDIA's own nvcc is found outside the PATH") {
  Rig rig;
  test::add_nvcc(rig);
  rig.add_program("/usr/local/cuda/bin/nvcc");
  CHECK(check(rig, rig.read("- nvcc_compiles:\n")) == "passed");
  CHECK(rig.programs.ran().front().argv.front() == "/usr/local/cuda/bin/nvcc");
  CHECK(check(rig, rig.read("- nvcc_compiles: {nvcc: /opt/cuda/bin/nvcc}\n"))
            .starts_with("failed: there is no /opt/cuda"));
}

TEST_CASE("what keeps nvcc from compiling is named with its remedy") {
  Rig rig;
  test::add_nvcc(rig);
  const auto recipe = rig.read("- nvcc_compiles:\n");
  const auto [said, wanted] = GENERATE(table<const char*, const char*>({
      {"gcc-12: fatal error: cannot execute 'cc1plus': execvp: No such file or directory",
       "add the package g++"},
      {"#error -- unsupported GNU version! gcc versions later than 11 are not supported!",
       "host_compiler: g++-11"},
      {"probe.cu:2:10: fatal error: cuda_runtime.h: No such file or directory", "nvidia-cuda-dev"},
      {"/usr/bin/ld: cannot find -lcudart_static: No such file or directory", "nvidia-cuda-dev"},
      {"nvcc fatal   : Failed to preprocess host compiler properties.", "add the package g++"},
      {"ptxas fatal: out of memory", "ptxas fatal: out of memory"},
  }));
  rig.programs.on(with_word("probe.cu"),
                  [said = said](const Command&) { return FakePrograms::finished(1, "", said); });
  const auto seen = check(rig, recipe);
  INFO(seen);
  CHECK(seen.starts_with("failed: "));
  CHECK(seen.find(wanted) != std::string::npos);
  CHECK(last_evidence(rig, recipe).seen.find(said) != std::string::npos);
}

TEST_CASE("a compiled program that does not do what it should fails the check") {
  Rig rig;
  test::add_nvcc(rig);
  const auto recipe = rig.read("- nvcc_compiles:\n");
  const auto answers = [&](int exit_code, const std::string& out) {
    rig.programs.on("probe", [=](const Command&) { return FakePrograms::finished(exit_code, out); });
    return check(rig, recipe);
  };
  CHECK(answers(0, "1 device(s); a kernel ran and its result is right\n") == "passed");
  CHECK(answers(12, "the kernel computed 3 for 2 squared\n")
            .starts_with("failed: a compiled CUDA program computed a wrong result"));
  CHECK(
      answers(11, "cudaErrorNoKernelImageForDevice (209): no kernel image\n").find("install an older one") !=
      std::string::npos);
  CHECK(answers(127, "").find("exit status 127") != std::string::npos);
}

TEST_CASE("modules are imported as whom the interpreter's folder belongs to") {
  Rig rig;
  test::add_python(rig);
  rig.root.make_directories("/home");
  rig.root.make_directories("/home/alice", 0755, {1000, 1000});
  rig.root.make_directories("/home/alice/e/bin", 0755, {1000, 1000});
  rig.root.make_link("/home/alice/e/bin/python", "/usr/bin/python3");
  const std::string fields = "python: /home/alice/e/bin/python, modules: [numpy, torch.cuda]";
  const auto recipe = rig.read("- python_import: {" + fields + "}\n");
  CHECK(check(rig, recipe) == "passed");
  CHECK(rig.programs.ran().back().as == Owner{1000, 1000});
  CHECK(last_evidence(rig, recipe).seen == "numpy 1.0\ntorch.cuda 1.0");

  const auto as_root = check(rig, rig.read("- python_import: {" + fields + ", user: root}\n"));
  CHECK(as_root.find("/home/alice/e/bin/python does not run as root") != std::string::npos);
  CHECK(check(rig, rig.read("- python_import: {" + fields + ", user: bob}\n"))
            .starts_with("failed: there is no user bob"));
}

TEST_CASE("an import that fails is told by its last line") {
  Rig rig;
  test::add_python(rig);
  rig.root.make_directories("/opt/e/bin");
  rig.root.make_link("/opt/e/bin/python", "/usr/bin/python3");
  const auto recipe = rig.read("- python_import: {python: /opt/e/bin/python, modules: [missing]}\n");
  const auto seen = check(rig, recipe);
  CHECK(seen.find("ModuleNotFoundError: No module named 'missing'") != std::string::npos);
  CHECK(seen.find("name it in its packages") != std::string::npos);
  CHECK(check(rig, rig.read("- python_import: {python: /opt/none/bin/python, modules: [a]}\n"))
            .starts_with("failed: there is no interpreter /opt/none/bin/python"));
  CHECK(test::complaints(rig, "- python_import: {python: /p, modules: [\"a; import os\"]}\n")
            .find("is not the name of a module") != std::string::npos);
}

TEST_CASE("under --root the GPU waits for the first boot") {
  Rig rig;
  CHECK(check(rig, rig.read("- nvidia_gpu:\n")) == "deferred: the GPU is looked at on the first boot");
}

TEST_CASE("a GPU passes when bus, driver and its own tool agree") {
  Rig rig;
  test::add_gpu(rig);
  const auto recipe = rig.read("- nvidia_gpu:\n");
  const std::filesystem::path device = "/sys/bus/pci/devices/0000:01:00.0";
  CHECK(check(rig, recipe) == "passed");

  SECTION("no card") {
    rig.add_to_machine(device / "vendor", "0x1002\n");
    CHECK(check(rig, recipe).starts_with("failed: there is no NVIDIA GPU on the PCI bus"));
    CHECK(rig.programs.times_ran("nvml-probe") == 1);
  }
  SECTION("no driver") {
    rig.machine.remove(device / "driver");
    CHECK(check(rig, recipe).starts_with("failed: no driver is bound to the GPU at 0000:01:00.0"));
  }
  SECTION("nouveau") {
    rig.machine.make_link(device / "driver", "../../bus/pci/drivers/nouveau");
    CHECK(check(rig, recipe).starts_with("failed: the GPU at 0000:01:00.0 is driven by nouveau"));
  }
  SECTION("given to a virtual machine") {
    rig.machine.make_link(device / "driver", "../../bus/pci/drivers/vfio-pci");
    CHECK(check(rig, recipe).starts_with("failed: the GPU at 0000:01:00.0 is taken by vfio-pci"));
  }
  SECTION("a driver that does not answer") {
    rig.machine.remove("/proc/driver/nvidia/version");
    CHECK(check(rig, recipe).find("/proc/driver/nvidia") != std::string::npos);
  }
  SECTION("libraries of another version than what is loaded") {
    rig.root.make_directories("/usr/lib/x86_64-linux-gnu");
    rig.add_file("/usr/lib/x86_64-linux-gnu/libcuda.so.580.95.05");
    rig.root.make_link("/usr/lib/x86_64-linux-gnu/libcuda.so.1", "libcuda.so.580.95.05");
    CHECK(check(rig, recipe)
              .starts_with("failed: the loaded driver is 535.309.01, but libcuda.so.1 is of 580.95.05 "
                           "(/usr/lib/x86_64-linux-gnu/"));
  }
}

TEST_CASE("what NVML answers instead is named with its remedy") {
  Rig rig;
  test::add_gpu(rig);
  const auto recipe = rig.read("- nvidia_gpu:\n");
  const auto [code, cause, hint] = GENERATE(table<int, const char*, const char*>({
      {9, "is not loaded", "modprobe nvidia"},
      {10, "does not answer", "Xid"},
      {12, "libnvidia-ml.so.1 is not installed", "libnvidia-compute"},
      {15, "fallen off the bus", "power"},
      {18, "another version than its libraries", "reboot"},
      {999, "NVML: UNKNOWN (999)", "dmesg"},
  }));
  NvmlAnswer answer;
  const NvmlError error{code, std::string(nvml_error_name(code)), ""};
  SECTION("of the driver") { answer.error = error; }
  SECTION("of a GPU") {
    answer.gpus.resize(1);
    answer.gpus.front().error = error;
  }
  test::let_nvml_say(rig, answer);
  const std::string seen = check(rig, recipe);
  INFO(seen);
  CHECK(seen.starts_with("failed: "));
  CHECK(seen.find(cause) != std::string::npos);
  CHECK(seen.find(hint) != std::string::npos);
}

TEST_CASE("a GPU that the driver does not see is missed") {
  Rig rig;
  test::add_gpu(rig);
  test::let_nvml_say(rig, {});
  CHECK(check(rig, rig.read("- nvidia_gpu:\n"))
            .starts_with("failed: the PCI bus has 1 NVIDIA GPUs, the driver sees 0"));
}
