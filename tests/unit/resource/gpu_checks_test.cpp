// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::check;
using test::FakePrograms;
using test::Rig;

namespace {

struct ProbedRig : Rig {
  ProbedRig() {
    test::add_gpu(*this);
    test::add_probes(*this);
  }
  void says(const std::string& probe, const std::string& json) {
    programs.on(probe, [json](const Command&) { return FakePrograms::finished(0, json); });
  }
  std::string libcuda() { return test::check(*this, read("- libcuda:\n")); }
  std::string libcudnn(const std::string& version = "9") {
    return test::check(*this, read("- libcudnn: {version: \"" + version + "\"}\n"));
  }
  void without_gpu() { add_to_machine("/sys/bus/pci/devices/0000:01:00.0/vendor", "0x1002\n"); }
};

std::string device(const std::string& rest) {
  return R"({"cuda_version": 13000, "devices": [{"name": "A", "pci": "0000:01:00.0", )" + rest + "}]}";
}

}  // namespace

TEST_CASE("a GPU that computes passes, and the evidence says what it is") {
  ProbedRig rig;
  const auto recipe = rig.read("- libcuda:\n");
  const Checked checked = rig.check(*recipe.steps.front().check);
  CHECK(test::text(checked) == "passed");
  REQUIRE(checked.evidence.size() == 2);
  CHECK(checked.evidence[0].seen == "the driver's library, for CUDA up to 13.0");
  CHECK(checked.evidence[1].what == "NVIDIA GeForce RTX 4090 at 0000:01:00.0");
  CHECK(checked.evidence[1].seen == "compute capability 8.9, 25.4 GB; a kernel computed what it should");
  CHECK(rig.programs.ran().back().helper);
}

TEST_CASE("what keeps a GPU from computing is named with its remedy") {
  ProbedRig rig;
  const auto [code, cause, hint] = GENERATE(table<int, const char*, const char*>({
      {100, "sees no GPU", "nvidia_gpu"},
      {802, "switches are not ready", "nvidia-fabricmanager"},
      {803, "another version than its libraries", "reboot"},
      {804, "shadows the driver's own", "cuda-compat"},
      {999, "fails without saying why", "nvidia_uvm"},
      {719, "stopped while it computed", "Xid"},
      {12345, "cuInit: CUDA_ERROR (12345)", "dmesg"},
  }));
  rig.says("cuda-probe",
           R"({"cuda_version": 13000, "fault": {"call": "cuInit", "name": "CUDA_ERROR", "code": )" +
               std::to_string(code) + "}}");
  const std::string seen = rig.libcuda();
  INFO(seen);
  CHECK(seen.starts_with("failed: "));
  CHECK(seen.find(cause) != std::string::npos);
  CHECK(seen.find(hint) != std::string::npos);
}

TEST_CASE("one GPU of several that fails is named") {
  ProbedRig rig;
  rig.says("cuda-probe",
           R"({"cuda_version": 13000, "devices": [{"name": "A", "pci": "0000:01:00.0", "wrong": 0},
               {"name": "B", "pci": "0000:02:00.0", "fault": {"call": "cuMemAlloc", "name": "N", "code": 2}}]})");
  CHECK(rig.libcuda().starts_with("failed: B: the GPU has no memory left"));
  rig.says("cuda-probe", device(R"("wrong": 3)"));
  CHECK(rig.libcuda().starts_with("failed: A computes wrong results"));
}

TEST_CASE("without a GPU nothing computes, and nothing is wrong") {
  ProbedRig rig;
  rig.without_gpu();
  rig.says("cuda-probe", R"({"cuda_version": 13000, "fault": {"call": "cuInit", "name": "N", "code": 100}})");
  CHECK(rig.libcuda() == "skipped: there is no NVIDIA GPU on the PCI bus");
  rig.says("cudnn-probe",
           R"({"version": 91900, "cuda_version": 13010, "no_driver": "libcuda.so.1: cannot open"})");
  CHECK(rig.libcudnn() == "skipped: it was loaded; there is no NVIDIA GPU to compute on");
}

TEST_CASE("a library that is missing, hangs or crashes") {
  ProbedRig rig;
  rig.says("cuda-probe", R"({"not_loaded": "libcuda.so.1: cannot open shared object file"})");
  CHECK(rig.libcuda().starts_with("failed: the driver's library libcuda.so.1 cannot be loaded"));
  rig.says("cudnn-probe", R"({"not_loaded": "libcudnn.so.9: cannot open shared object file"})");
  CHECK(rig.libcudnn() ==
        "failed: libcudnn.so.9 cannot be loaded (the package libcudnn9 of the toolkit's CUDA brings it)");
  rig.programs.on("cuda-probe", [](const Command&) {
    Finished hanging;
    hanging.timed_out = true;
    return hanging;
  });
  CHECK(rig.libcuda().starts_with("failed: libcuda does not answer"));
  rig.programs.on("cudnn-probe", [](const Command&) {
    Finished crashed;
    crashed.signal = 6;
    crashed.err = "Could not load library libcudnn_cnn_infer.so.9\n";
    return crashed;
  });
  const std::string seen = rig.libcudnn();
  CHECK(seen.find("killed by signal 6") != std::string::npos);
  CHECK(seen.find("libcudnn_cnn_infer.so.9") != std::string::npos);
}

TEST_CASE("cuDNN is held to the version that is wanted, as far as it is written") {
  ProbedRig rig;
  CHECK(rig.libcudnn("9") == "passed");
  CHECK(rig.libcudnn("9.19") == "passed");
  CHECK(rig.libcudnn("9.19.0") == "passed");
  CHECK(rig.libcudnn("9.1").starts_with("failed: cuDNN 9.19.0 is loaded, 9.1 is wanted"));
  rig.says("cudnn-probe", R"({"version": 8907, "cuda_version": 12020, "wrong": 0})");
  CHECK(rig.libcudnn("8.9.7") == "passed");
  CHECK(rig.programs.ran().back().argv.back() == "libcudnn.so.8");
  CHECK(test::complaints(rig, "- libcudnn: {version: newest}\n").find("is not a version") !=
        std::string::npos);
}

TEST_CASE("what keeps cuDNN from computing is named with its remedy") {
  ProbedRig rig;
  const auto [name, cause] = GENERATE(table<const char*, const char*>({
      {"CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH", "of several versions"},
      {"CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH", "does not run on this GPU"},
      {"CUDNN_STATUS_NOT_INITIALIZED", "cannot be started"},
      {"CUDNN_STATUS_EXECUTION_FAILED", "cudnnCreate: CUDNN_STATUS_EXECUTION_FAILED (5)"},
  }));
  rig.says(
      "cudnn-probe",
      std::string(
          R"({"version": 91900, "cuda_version": 13010, "fault": {"call": "cudnnCreate", "code": 5, "name": ")") +
          name + "\"}}");
  const std::string seen = rig.libcudnn();
  INFO(seen);
  CHECK(seen.starts_with("failed: "));
  CHECK(seen.find(cause) != std::string::npos);
}

TEST_CASE("under --root cuDNN is looked for, and loaded on the first boot") {
  Rig rig;
  const auto recipe = rig.read("- libcudnn: {version: \"9\"}\n");
  CHECK(check(rig, recipe).starts_with("failed: libcudnn.so.9 cannot be loaded"));
  rig.root.make_directories("/usr/lib/x86_64-linux-gnu");
  rig.root.make_link("/usr/lib/x86_64-linux-gnu/libcudnn.so.9", "libcudnn.so.9.19.0");
  CHECK(check(rig, recipe).starts_with("failed: "));
  rig.add_file("/usr/lib/x86_64-linux-gnu/libcudnn.so.9.19.0");
  CHECK(check(rig, recipe) == "deferred: cuDNN is loaded on the first boot");
  CHECK(check(rig, rig.read("- libcuda:\n")) == "deferred: the GPU computes on the first boot");
}
