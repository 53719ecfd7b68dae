// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/error.hpp>
#include <rigsetup/facts/facts.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/facts/described.hpp"

using namespace rigsetup;
using test::Described;
using test::FakePrograms;

namespace {

constexpr const char* k_answer =
    R"({"driver_version": "580.95.05", "cuda_version": "13.0", "gpus": [
         {"index": 0, "address": "0000:01:00.0", "name": "NVIDIA GeForce RTX 4090", "uuid": "GPU-1",
          "memory_bytes": 25757220864, "processes": 0}]})";

/// The machine itself, whose helper program is a function.
struct Asked {
  explicit Asked(Finished finished) {
    programs.on("nvml-probe", [finished = std::move(finished)](const Command& command) {
      CHECK(command.helper);
      CHECK(command.timeout.count() > 0);
      return finished;
    });
  }
  NvmlAnswer ask() { return ask_nvml({machine, programs, clock, &machine}, {}); }
  Tree machine{"/"};
  FakePrograms programs;
  test::FakeClock clock;
};

void load_driver(const Described& rig) {
  rig.device("0000:00:02.0", "0x030000", "0x8086", "i915");
  rig.device("0000:01:00.0", "0x030000", "0x10de", "nvidia");
  rig.device("0000:02:00.0", "0x030000", "0x10de", "nvidia");
  rig.file("/sys/module/nvidia/version", "580.95.05\n");
  rig.file("/nvml.json", k_answer);
}

}  // namespace

TEST_CASE("the helper's answer is taken, also when it tells of an error") {
  const auto answer = Asked(FakePrograms::finished(0, k_answer)).ask();
  CHECK(answer.cuda_version == "13.0");
  REQUIRE(answer.gpus.size() == 1);
  CHECK(answer.gpus[0].processes == 0);
  CHECK_FALSE(answer.gpus[0].temperature);

  const auto failed =
      Asked(FakePrograms::finished(1, R"({"gpus": [], "error": {"code": 9, "name": "DRIVER_NOT_LOADED"}})"))
          .ask();
  REQUIRE(failed.error);
  CHECK(failed.error->name == "DRIVER_NOT_LOADED");
}

TEST_CASE("a helper that does not answer is a fault of rigsetup") {
  Finished killed;
  killed.signal = 9;
  CHECK(Asked(killed).ask().error.value_or(NvmlError{}).name == "NOT_ASKED");
  CHECK_THROWS_AS(Asked(FakePrograms::finished(0, "{")).ask(), Error);
}

TEST_CASE("a described machine answers with its file, and no program is run") {
  const Described rig;
  auto answer = ask_nvml({rig.tree, rig.programs, rig.clock, &rig.tree, true}, {});
  REQUIRE(answer.error);
  CHECK(answer.error->name == "LIBRARY_NOT_FOUND");
  rig.file("/nvml.json", k_answer);
  answer = ask_nvml({rig.tree, rig.programs, rig.clock, &rig.tree, true}, {});
  CHECK(answer.driver_version == "580.95.05");
  CHECK(rig.programs.ran().empty());
}

TEST_CASE("what NVML says is given to the card at its address") {
  const Described rig;
  load_driver(rig);
  auto facts = rig.facts();
  CHECK_FALSE(facts.machine->nvml);  // gathering facts asks nobody
  ask_awake_gpus(facts, {rig.tree, rig.programs, rig.clock, &rig.tree, true}, {});
  REQUIRE(facts.machine->nvml);
  CHECK(facts.machine->gpus[0].name.empty());
  CHECK(facts.machine->gpus[1].name == "NVIDIA GeForce RTX 4090");
  CHECK(facts.machine->gpus[1].memory_bytes == 25757220864);
  CHECK(facts.machine->gpus[2].memory_bytes == 0);  // on the bus, and NVML does not see it
}

TEST_CASE("NVML is not asked where that would wake a card or load a driver") {
  const Described rig;
  load_driver(rig);
  const auto asked = [&] {
    auto facts = rig.facts();
    ask_awake_gpus(facts, {rig.tree, rig.programs, rig.clock, &rig.tree, true}, {});
    return facts.machine->nvml.has_value();
  };
  CHECK(asked());
  rig.file("/sys/bus/pci/devices/0000:00:02.0/power/runtime_status", "suspended\n");
  CHECK(asked());  // another vendor's
  rig.file("/sys/bus/pci/devices/0000:02:00.0/power/runtime_status", "suspended\n");
  CHECK_FALSE(asked());
  rig.file("/sys/bus/pci/devices/0000:02:00.0/power/runtime_status", "active\n");
  CHECK(asked());
  rig.tree.remove("/sys/module/nvidia/version");
  CHECK_FALSE(asked());
}

TEST_CASE("NVML's codes have NVML's names") {
  CHECK(nvml_error_name(0) == "SUCCESS");
  CHECK(nvml_error_name(9) == "DRIVER_NOT_LOADED");
  CHECK(nvml_error_name(15) == "GPU_IS_LOST");
  CHECK(nvml_error_name(18) == "LIB_RM_VERSION_MISMATCH");
  CHECK(nvml_error_name(28) == "GPU_NOT_FOUND");
  CHECK(nvml_error_name(999) == "UNKNOWN");
  CHECK(nvml_error_name(-1) == "UNKNOWN");
}
