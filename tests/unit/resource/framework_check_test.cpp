// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/framework_check.hpp"

#include <rigsetup/data/json.hpp>

#include "resource/python/library_path.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::FakePrograms;
using test::Rig;

namespace {

constexpr Framework k_framework{"torch", "PyTorch", "install its build for CUDA"};

constexpr const char* k_build =
    R"("python": "3.12.3", "version": "2.11.0+cu130", "cuda": "13.0", "cudnn": "91002",
  "architectures": ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120", "compute_120"])";
constexpr const char* k_right =
    R"({"name": "NVIDIA H100", "computed": [{"what": "a matrix product", "wrong": 0}, {"what": "a convolution", "wrong": 0}]})";

std::string answer(const std::string& rest) { return "{" + std::string(k_build) + ", " + rest + "}"; }

/// What the driver says of one GPU of this compute capability.
std::string driver(int cuda, const std::string& compute) {
  return R"({"library": "/usr/lib/x86_64-linux-gnu/libcuda.so.1", "cuda_version": )" + std::to_string(cuda) +
         R"(, "devices": [{"name": "the GPU", "pci": "0000:01:00.0", "compute": ")" + compute +
         R"(", "wrong": 0}]})";
}

Checked judged(const std::string& said, const std::string& driver_said, bool present = true) {
  return judge_framework(k_framework, "/opt/torch/bin/python", parse_json(said), [&] {
    return GpuSide{present, parse_json(driver_said)};
  });
}

}  // namespace

TEST_CASE("a framework that computes passes, and the evidence says what it is") {
  const Checked checked =
      judge_framework(k_framework, "/opt/torch/bin/python",
                      parse_json(answer(R"("outside": ["/opt/cuda/lib64/libnccl.so.2"], "devices": [)" +
                                        std::string(k_right) + "]")),
                      []() -> GpuSide { throw std::logic_error("nobody has to be asked"); });
  CHECK(test::text(checked) == "passed");
  REQUIRE(checked.evidence.size() == 4);
  CHECK(checked.evidence[0].what == "/opt/torch/bin/python");
  CHECK(checked.evidence[0].seen == "PyTorch 2.11.0+cu130, CUDA 13.0, cuDNN 91002; Python 3.12.3");
  CHECK(checked.evidence[1].seen == "sm_75 sm_80 sm_86 sm_90 sm_100 sm_120 compute_120");
  CHECK(checked.evidence[2].what == "NVIDIA H100");
  CHECK(checked.evidence[2].seen == "a matrix product came out right; a convolution came out right");
  CHECK(checked.evidence[3].seen == "/opt/cuda/lib64/libnccl.so.2");
}

TEST_CASE("why a framework does not compute") {
  const std::string none = R"("devices": [], "outside": [])";
  const auto row = GENERATE_COPY(table<std::string, std::string, std::string>({
      {answer(none), driver(13000, "8.9"),
       "failed: PyTorch 2.11.0+cu130 is built for CUDA and sees no GPU (the"},
      {answer(R"("no_devices": "RuntimeError: CUDA unknown error", )" + none), driver(13000, "8.9"),
       "failed: PyTorch 2.11.0+cu130 is built for CUDA and sees no GPU: RuntimeError: CUDA unknown error"},
      {answer(none), driver(12040, "8.9"),
       "failed: PyTorch 2.11.0+cu130 is built for CUDA 13.0, and the driver is too old for it: it serves "
       "CUDA up to "
       "12.4 (install a newer driver, or a build for CUDA 12)"},
      {answer(none), driver(13000, "6.1"),
       "failed: PyTorch 2.11.0+cu130 has no code for the GPU (compute capability 6.1): it is built for "
       "sm_75, "},
      {answer(none), R"({"not_loaded": "libcuda.so.1: cannot open shared object file"})",
       "failed: the driver's library libcuda.so.1 cannot be loaded"},
      {answer(none), R"({"cuda_version": 13000, "fault": {"call": "cuInit", "name": "E", "code": 803}})",
       "failed: the loaded driver is of another version than its libraries"},
      {R"({"python": "3.12.3", "version": "2.11.0+cpu", "cuda": "", "architectures": [],
          "no_devices": "AssertionError: Torch not compiled with CUDA enabled", "devices": []})",
       driver(13000, "8.9"),
       "failed: PyTorch 2.11.0+cpu is a build without CUDA (install its build for CUDA)"},
      {R"({"python": "3.12.3", "not_imported": "ModuleNotFoundError: No module named 'torch'"})", "{}",
       "failed: PyTorch cannot be imported: ModuleNotFoundError: No module named 'torch' (the environment "
       "lacks it"},
      {R"({"not_imported": "ModuleNotFoundError: No module named 'numpy'"})", "{}",
       "failed: PyTorch cannot be imported: ModuleNotFoundError: No module named 'numpy' (the environment "
       "lacks "
       "what"},
      {R"({"not_imported": "ImportError: libcusparse.so.12: undefined symbol: __nvJitLinkAddData_12_1"})",
       "{}",
       "failed: PyTorch cannot be imported: ImportError: libcusparse.so.12: undefined symbol: "
       "__nvJitLinkAddData_12_1 (libraries of several versions are mixed"},
      {answer(R"("devices": [{"name": "H100", "computed": [{"what": "a matrix product", "wrong": 7}]}])"),
       driver(13000, "9.0"), "failed: PyTorch computes wrong results on H100 (run it again"},
      {answer(R"("devices": [{"name": "P100", "fault": {"in": "a matrix product",
          "text": "RuntimeError: CUDA error: no kernel image is available for execution on the device"}}])"),
       driver(13000, "6.0"), "failed: PyTorch 2.11.0+cu130 has no code for the GPU (compute capability 6.0)"},
      {answer(R"("devices": [{"name": "H100", "computed": [{"what": "a matrix product", "wrong": 0}],
          "fault": {"in": "a convolution", "text": "RuntimeError: CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH"}}])"),
       driver(13000, "9.0"),
       "failed: H100: PyTorch cannot compute a convolution: RuntimeError: "
       "CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH "
       "(libraries of several versions"},
      {answer("\"devices\": [" + std::string(k_right) +
              R"(, {"name": "second", "computed": [{"what": "a matrix product", "wrong": 1}]}])"),
       driver(13000, "9.0"), "failed: PyTorch computes wrong results on second"},
  }));
  const auto& [said, driver_said, wanted] = row;
  const auto seen = test::text(judged(said, driver_said));
  INFO(seen);
  CHECK(seen.substr(0, wanted.size()) == wanted);
}

TEST_CASE("without an NVIDIA GPU nothing is wrong with a framework that can be imported") {
  const std::string none = R"("devices": [])";
  CHECK(test::text(judged(answer(none), "{}", false)) ==
        "skipped: it was imported; there is no NVIDIA GPU to compute on");
  CHECK(test::text(judged(R"({"not_imported": "ImportError: libfoo.so.1"})", "{}", false))
            .starts_with("failed: PyTorch cannot be imported"));
}

TEST_CASE("a build that lacks machine code for a GPU may have code that the driver compiles for it") {
  const std::string none = R"("devices": [])";
  CHECK(test::text(judged(answer(none), driver(13000, "12.1"))).find("sees no GPU") != std::string::npos);
  CHECK(test::text(judged(answer(none), driver(13000, "7.0"))).find("has no code") != std::string::npos);
}

TEST_CASE("the folders of LD_LIBRARY_PATH that a profile's line names") {
  const auto [line, wanted] = GENERATE(table<const char*, const char*>({
      {"LD_LIBRARY_PATH=/usr/local/cuda/lib64", "/usr/local/cuda/lib64"},
      {"  export LD_LIBRARY_PATH=\"/a/lib:/b/lib\"  # both", "/a/lib:/b/lib"},
      {"export LD_LIBRARY_PATH=/usr/local/cuda/lib64${LD_LIBRARY_PATH:+:${LD_LIBRARY_PATH}}",
       "/usr/local/cuda/lib64"},
      {"export LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/usr/local/cuda-12.1/lib64", "/usr/local/cuda-12.1/lib64"},
      {"export LD_LIBRARY_PATH='/a'; export X=1", "/a"},
      {"# export LD_LIBRARY_PATH=/a", ""},
      {"export PATH=/usr/local/cuda/bin:$PATH", ""},
      {"LD_LIBRARY_PATH=", ""},
  }));
  CHECK(library_path_in(line) == wanted);
}

TEST_CASE("a framework that works alone and not with the machine's LD_LIBRARY_PATH is shadowed") {
  Rig rig;
  test::prepare_for_example(rig, "torch_cuda");
  const auto recipe = rig.read("- torch_cuda: {python: /opt/torch/bin/python}\n");
  CHECK(test::check(rig, recipe) == "passed");
  rig.add_file("/etc/profile.d/cuda.sh", "export LD_LIBRARY_PATH=/usr/local/cuda/lib64:$LD_LIBRARY_PATH\n");
  CHECK(test::check(rig, recipe) == "passed");  // there is no such folder
  CHECK(rig.programs.times_ran("python") == 2);

  rig.root.make_directories("/usr/local/cuda/lib64");
  CHECK(test::check(rig, recipe) == "passed");
  CHECK(rig.programs.times_ran("python") == 4);
  rig.programs.on(
      [](const Command& command) {
        for (const auto& [name, value] : command.environment) {
          if (name == "LD_LIBRARY_PATH") return value == "/usr/local/cuda/lib64";
        }
        return false;
      },
      [](const Command&) {
        return FakePrograms::finished(
            0, R"({"answer": {"not_imported": "ImportError: undefined symbol: __nvJitLink"}})"
               "\n");
      });
  const auto seen = test::check(rig, recipe);
  INFO(seen);
  CHECK(seen.starts_with(
      "failed: libraries are shadowed by LD_LIBRARY_PATH, which /etc/profile.d/cuda.sh sets; "
      "with it, PyTorch cannot be imported"));
}
