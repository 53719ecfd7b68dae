// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// The described machines of tests/rigs are what their README says.
#include <filesystem>
#include <set>

#include <rigsetup/base/text.hpp>
#include <rigsetup/facts/facts.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_programs.hpp"

using namespace rigsetup;

namespace {

const std::filesystem::path k_rigs = RIGSETUP_SOURCE_DIR "/tests/rigs";

struct Rig {
  std::string name;
  std::string platform;
  std::string kernel;
  std::string compiler;
  std::string nvidia;  ///< device ids
  std::string loaded;  ///< driver
};

constexpr const char* k_ga = "5.15.0-161-generic";
constexpr const char* k_hwe = "6.8.0-90-generic";
constexpr const char* k_jammy = "ubuntu-22.04";

const std::vector<Rig>& rigs() {
  static const std::vector<Rig> all = {
      {"no-gpu-jammy", k_jammy, k_ga, "gcc 11.4.0", "", ""},
      {"rtx4070ti-jammy", k_jammy, k_ga, "gcc 11.4.0", "2782", "nouveau"},
      {"rtx4080-jammy", k_jammy, k_ga, "gcc 11.4.0", "2704", "nouveau"},
      {"rtx4090-jammy", k_jammy, k_ga, "gcc 11.4.0", "2684", "nouveau"},
      {"rtx4090-jammy-hwe", k_jammy, k_hwe, "gcc 12.3.0", "2684", "nouveau"},
      {"rtx4090-jammy-secureboot", k_jammy, k_ga, "gcc 11.4.0", "2684", "nouveau"},
      {"rtx5090-jammy", k_jammy, k_hwe, "gcc 12.3.0", "2b85", ""},
      {"gtx1080-jammy", k_jammy, k_ga, "gcc 11.4.0", "1b80", "nouveau"},
      {"v100-jammy", k_jammy, k_ga, "gcc 11.4.0", "1db6", "nouveau"},
      {"mixed-generations-jammy", k_jammy, k_hwe, "gcc 12.3.0", "2b85 1b80", "nouveau"},
      {"two-gpus-jammy", k_jammy, k_hwe, "gcc 12.3.0", "2684 2684", "580.159.03 open"},
      {"h200-jammy", k_jammy, k_ga, "gcc 11.4.0", "2335 2335 2335 2335 2335 2335 2335 2335",
       "580.126.20 open"},
      {"laptop-hybrid-jammy", k_jammy, k_hwe, "gcc 12.3.0", "28e0", "580.159.03 open"},
      {"wsl2-jammy", k_jammy, "5.15.167.4-microsoft-standard-WSL2", "gcc 11.2.0", "", ""},
      {"bookworm-rtx4090", "debian-12", "6.1.0-41-amd64", "gcc 12.2.0", "2684", "nouveau"},
  };
  return all;
}

/// Facts of a rig, NVML asked as `rigsetup facts` asks it.
Facts facts_of(const std::string& name) {
  const Tree tree(k_rigs / name);
  test::FakePrograms programs;
  test::FakeClock clock;
  const Host host{tree, programs, clock, &tree, true};
  Facts facts = gather_facts(host);
  ask_awake_gpus(facts, host, {});
  CHECK(programs.ran().empty());
  REQUIRE(facts.machine);
  return facts;
}

std::string nvidia_ids(const Facts& facts) {
  std::vector<std::string> ids;
  for (const auto& gpu : facts.machine->gpus) {
    if (gpu.is_nvidia()) ids.push_back(gpu.device_id);
  }
  return join(ids, " ");
}

std::string loaded_driver(const Facts& facts) {
  if (facts.machine->nvidia) return facts.machine->nvidia->version + " " + facts.machine->nvidia->flavour;
  return facts.machine->nouveau_loaded ? "nouveau" : "";
}

}  // namespace

TEST_CASE("every rig is in the table, and is the machine of its row") {
  std::set<std::string> folders;
  for (const auto& entry : std::filesystem::directory_iterator(k_rigs)) {
    if (entry.is_directory()) folders.insert(entry.path().filename());
  }
  std::set<std::string> names;
  for (const auto& rig : rigs()) names.insert(rig.name);
  CHECK(folders == names);
  for (const auto& rig : rigs()) {
    INFO(rig.name);
    const auto facts = facts_of(rig.name);
    CHECK(facts.platform() == rig.platform);
    CHECK(facts.architecture.empty() == false);
    CHECK(facts.machine->kernel == rig.kernel);
    CHECK(facts.machine->compiler.text() == rig.compiler);
    CHECK(nvidia_ids(facts) == rig.nvidia);
    CHECK(loaded_driver(facts) == rig.loaded);
    CHECK(facts.machine->memory_bytes > 0);
    CHECK(facts.machine->cores == 2);
    if (rig.name == "wsl2-jammy") continue;  // Windows has its kernel
    REQUIRE(facts.kernels.installed.size() == 1);
    CHECK(facts.kernels.installed[0].compiler == rig.compiler);
    CHECK(facts.kernels.installed[0].headers);
    CHECK(facts.kernels.boots_next == rig.kernel);
    CHECK_FALSE(facts.kernels.flavour.empty());
    CHECK(facts.machine->virtual_machine.empty());
  }
}

TEST_CASE("rigs that are there for one thing have it") {
  CHECK(facts_of("rtx4090-jammy-secureboot").machine->secure_boot.enabled);
  CHECK(facts_of("rtx4090-jammy-secureboot").machine->lockdown == "integrity");
  CHECK_FALSE(facts_of("rtx4090-jammy-secureboot").machine->secure_boot.keys_enrolled);
  CHECK(facts_of("rtx4090-jammy").machine->secure_boot.firmware == "efi");
  CHECK_FALSE(facts_of("rtx4090-jammy").machine->secure_boot.enabled);
  CHECK(facts_of("v100-jammy").machine->secure_boot.firmware == "legacy");
  CHECK(facts_of("wsl2-jammy").machine->virtual_machine == "wsl2");
  CHECK(facts_of("rtx4090-jammy-hwe").kernels.flavour == "generic-hwe-22.04");
  CHECK(facts_of("h200-jammy").machine->nvswitches == 4);
  CHECK(facts_of("two-gpus-jammy").machine->nvswitches == 0);
  CHECK(facts_of("rtx4090-jammy").desktop.empty());

  const auto wsl = facts_of("wsl2-jammy");
  REQUIRE(wsl.nvidia.libraries.size() == 2);
  CHECK(wsl.nvidia.libraries[0].path == "/usr/lib/wsl/lib/libcuda.so.1");
}

TEST_CASE("a rig with a driver answers for NVML, but not for a card that sleeps") {
  const auto two = facts_of("two-gpus-jammy");
  REQUIRE(two.machine->nvml);
  CHECK(two.machine->nvml->cuda_version == "13.0");
  for (const auto& gpu : two.machine->gpus) {
    CHECK(gpu.name == "NVIDIA GeForce RTX 4090");
    CHECK(gpu.memory_bytes == 24564ULL << 20);
  }
  for (const auto& library : two.nvidia.libraries) {
    CHECK(library.version == "580.159.03");
    CHECK(library.owned);
  }
  for (const auto& package : two.nvidia.packages) CHECK(package.origin == "ubuntu");

  const auto h200 = facts_of("h200-jammy");
  REQUIRE(h200.machine->nvml);
  CHECK(h200.machine->nvml->gpus.size() == 8);
  REQUIRE(h200.dkms.size() == 1);
  CHECK(h200.dkms[0].state == "installed");
  for (const auto& package : h200.nvidia.packages) CHECK(package.origin == "nvidia");

  const auto laptop = facts_of("laptop-hybrid-jammy");
  CHECK_FALSE(laptop.machine->nvml);
  REQUIRE(laptop.machine->gpus.size() == 2);
  CHECK(laptop.machine->gpus[0].boot_vga);
  CHECK(laptop.machine->gpus[1].asleep());
  CHECK(laptop.machine->gpus[1].link.empty());
}
