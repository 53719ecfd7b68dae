// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// The real helper program with a stand-in library of NVML's real binary interface.
#include <fstream>

#include <rigsetup/data/json.hpp>
#include <rigsetup/facts/nvml.hpp>
#include <rigsetup/host/programs.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;

namespace {

constexpr const char* k_two =
    "driver 580.95.05\ncuda 13000\n"
    "gpu 0000:01:00.0 2684 24564 8.9 NVIDIA GeForce RTX 4090\n"
    "gpu 000a:41:00.0 2330 81559 9.0 NVIDIA H100 80GB HBM3\n";

struct Bed {
  explicit Bed(const std::string& answers, const std::string& library = "nvml") {
    std::filesystem::create_symlink(RIGSETUP_STAND_INS "/" + library + "/libnvidia-ml.so.1",
                                    folder / "libnvidia-ml.so.1");
    std::ofstream(folder / "nvml-answers") << answers;
  }
  Finished run(std::vector<std::string> arguments = {}) const {
    RealPrograms programs("/", RIGSETUP_BUILD_DIR "/libexec");
    Command command;
    command.argv = {"nvml-probe"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.helper = true;
    command.environment = {{"LD_LIBRARY_PATH", folder.path().string()}};
    return programs.run(command, {});
  }
  NvmlAnswer ask(std::vector<std::string> arguments = {}) const {
    const Finished finished = run(std::move(arguments));
    const auto answer = nvml_answer_from(parse_json(finished.out));
    CHECK(finished.err.empty());
    CHECK(finished.exit_code == (answer.error ? 1 : 0));
    return answer;
  }
  test::TemporaryFolder folder;
};

}  // namespace

TEST_CASE("all that NVML tells comes through") {
  const auto answer = Bed(k_two).ask();
  CHECK_FALSE(answer.error);
  CHECK(answer.driver_version == "580.95.05");
  CHECK(answer.cuda_version == "13.0");
  CHECK(std::filesystem::path(answer.library).filename() == "libnvidia-ml.so.1");
  REQUIRE(answer.gpus.size() == 2);
  const auto& gpu = answer.gpus[0];
  CHECK(gpu.index == 0);
  CHECK(gpu.address == "0000:01:00.0");
  CHECK(gpu.device_id == "2684");
  CHECK(gpu.name == "NVIDIA GeForce RTX 4090");
  CHECK(gpu.uuid == "GPU-0000:01:00.0");
  CHECK(gpu.memory_bytes == 24564ULL << 20);
  CHECK(gpu.memory_used_bytes == 3ULL << 20);
  CHECK(gpu.compute_capability == "8.9");
  CHECK(gpu.persistence == true);
  CHECK(gpu.power_limit_mw == 400000);
  CHECK(gpu.power_limit_default_mw == 450000);
  CHECK(gpu.link == PcieLink{1, 8});
  CHECK(gpu.link_most == PcieLink{4, 16});
  CHECK(gpu.temperature == 41);
  CHECK(gpu.processes == 2);
  CHECK(gpu.ecc == false);
  CHECK(answer.gpus[1].address == "000a:41:00.0");
}

TEST_CASE("what an old library lacks is absent, and the rest is told") {
  const auto answer = Bed(k_two, "nvml-old").ask();
  CHECK_FALSE(answer.error);
  REQUIRE(answer.gpus.size() == 2);
  const auto& gpu = answer.gpus[0];
  CHECK(gpu.memory_bytes == 24564ULL << 20);
  CHECK(gpu.memory_used_bytes == 1ULL << 20);  // by the first form of that function
  CHECK(gpu.compute_capability == "8.9");
  CHECK_FALSE(gpu.persistence);
  CHECK_FALSE(gpu.temperature);
  CHECK_FALSE(gpu.processes);
  CHECK_FALSE(gpu.ecc);
  CHECK(gpu.link.empty());
  CHECK(gpu.power_limit_mw == 0);
}

TEST_CASE("what a card does not support is absent") {
  const auto answer = Bed(std::string(k_two) +
                          "fails nvmlDeviceGetPowerManagementLimit 3\nfails nvmlDeviceGetEccMode 3\n"
                          "fails nvmlDeviceGetMemoryInfo_v2 25\n")
                          .ask();
  REQUIRE(answer.gpus.size() == 2);
  CHECK(answer.gpus[0].power_limit_mw == 0);
  CHECK(answer.gpus[0].power_limit_default_mw == 450000);
  CHECK_FALSE(answer.gpus[0].ecc);
  CHECK(answer.gpus[0].memory_used_bytes == 1ULL << 20);
}

TEST_CASE("NVML's refusals keep their code, name and words") {
  const auto mismatch = Bed("fails nvmlInit_v2 18\n").ask();
  REQUIRE(mismatch.error);
  CHECK(mismatch.error->code == 18);
  CHECK(mismatch.error->name == "LIB_RM_VERSION_MISMATCH");
  CHECK(mismatch.error->text == "Driver/library version mismatch");
  CHECK(mismatch.gpus.empty());
  CHECK(Bed("fails nvmlInit_v2 9\n").ask().error->name == "DRIVER_NOT_LOADED");
  CHECK(Bed("fails nvmlInit_v2 999\n").ask().error->name == "UNKNOWN");
  CHECK(Bed(std::string(k_two) + "fails nvmlDeviceGetCount_v2 4\n").ask().error->name == "NO_PERMISSION");
}

TEST_CASE("a GPU that is lost is told beside those that answer") {
  const auto answer = Bed(std::string(k_two) + "lost 0\n").ask();
  CHECK_FALSE(answer.error);
  REQUIRE(answer.gpus.size() == 2);
  REQUIRE(answer.gpus[0].error);
  CHECK(answer.gpus[0].error->name == "GPU_IS_LOST");
  CHECK(answer.gpus[0].error->text == "GPU is lost");
  CHECK(answer.gpus[1].name == "NVIDIA H100 80GB HBM3");
}

TEST_CASE("a library that crashes is an answer") {
  const auto crash = Bed(std::string(k_two) + "crashes nvmlDeviceGetName\n").ask();
  REQUIRE(crash.error);
  CHECK(crash.error->code == -1);
  CHECK(crash.error->name == "CRASHED");
  CHECK_THAT(crash.error->text, Catch::Contains("Segmentation fault"));
  const auto left = Bed(std::string(k_two) + "exits nvmlInit_v2\n").ask();
  REQUIRE(left.error);
  CHECK_THAT(left.error->text, Catch::Contains("exit status 3"));
}

TEST_CASE("a library that hangs is an answer when the time is over") {
  const auto answer = Bed(std::string(k_two) + "hangs nvmlDeviceGetMemoryInfo_v2\n").ask({"1"});
  REQUIRE(answer.error);
  CHECK(answer.error->name == "TIMEOUT");
  CHECK_THAT(answer.error->text, Catch::Contains("within 1 s"));
}

TEST_CASE("no library, and a file that is none, are answers") {
  const Bed bed(k_two);
  std::filesystem::remove(bed.folder / "libnvidia-ml.so.1");
  std::ofstream(bed.folder / "libnvidia-ml.so.1") << "no library\n";
  const auto answer = bed.ask();
  REQUIRE(answer.error);
  CHECK(answer.error->name == "LIBRARY_NOT_FOUND");
  CHECK_THAT(answer.error->text, Catch::Contains("libnvidia-ml.so.1"));
}

TEST_CASE("a limit that is none is refused") {
  for (const char* wrong : {"0", "-1", "x", "5s", ""}) {
    INFO(wrong);
    CHECK(Bed("").run({wrong}).exit_code == 2);
  }
}
