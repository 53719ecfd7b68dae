// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/compat/load.hpp>

#include "facts/machine.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/facts/described.hpp"

using namespace rigsetup;
using test::Described;

namespace {

constexpr const char* k_card = "/sys/bus/pci/devices/0000:01:00.0";

void card(const Described& rig, const std::string& runtime_status) {
  rig.device("0000:01:00.0", "0x030000", "0x10de", "nvidia");
  const std::filesystem::path entry = k_card;
  rig.file(entry / "subsystem_vendor", "0x1043\n");
  rig.file(entry / "subsystem_device", "0x889d\n");
  rig.file(entry / "boot_vga", "1\n");
  rig.file(entry / "numa_node", "-1\n");
  rig.file(entry / "current_link_speed", "2.5 GT/s PCIe\n");
  rig.file(entry / "current_link_width", "8\n");
  rig.file(entry / "max_link_speed", "16.0 GT/s PCIe\n");
  rig.file(entry / "max_link_width", "16\n");
  rig.file(entry / "power/runtime_status", runtime_status + "\n");
  rig.file("/proc/driver/nvidia/gpus/0000:01:00.0/information",
           "Model: \t\t NVIDIA GeForce RTX 4090\nIRQ:   \t\t 140\nGPU UUID: \t "
           "GPU-5b0d1ab2-0000-1111-2222-333344445555\nVideo BIOS: \t 95.02.3c.40.b8\n");
}

}  // namespace

TEST_CASE("generations of PCI Express by sysfs's words") {
  const std::vector<std::pair<std::string_view, int>> table = {
      {"2.5 GT/s PCIe", 1},  {"5.0 GT/s PCIe", 2},
      {"8.0 GT/s PCIe", 3},  {"16.0 GT/s PCIe", 4},
      {"32.0 GT/s PCIe", 5}, {"64.0 GT/s PCIe", 6},
      {"8 GT/s", 3},         {"Unknown", 0},
      {"Unknown speed", 0},  {"", 0},
      {"133 MHz", 0},
  };
  for (const auto& [speed, generation] : table) {
    INFO(speed);
    CHECK(pcie_generation(speed) == generation);
  }
}

TEST_CASE("a card is all that sysfs and its driver tell") {
  const Described rig;
  card(rig, "active");
  const Gpu gpu = read_gpus(rig.tree).at(0);
  CHECK(gpu.is_nvidia());
  CHECK_FALSE(gpu.asleep());
  CHECK(gpu.subsystem == "1043:889d");
  CHECK(gpu.pci_class == "0300");
  CHECK(gpu.runtime_status == "active");
  CHECK(gpu.link == PcieLink{1, 8});
  CHECK(gpu.link_most == PcieLink{4, 16});
  CHECK(gpu.numa_node == -1);
  CHECK(gpu.boot_vga);
  CHECK(gpu.name == "NVIDIA GeForce RTX 4090");
  CHECK(gpu.uuid == "GPU-5b0d1ab2-0000-1111-2222-333344445555");
  rig.file(std::filesystem::path(k_card) / "numa_node", "1\n");
  CHECK(read_gpus(rig.tree).at(0).numa_node == 1);
  rig.file(std::filesystem::path(k_card) / "max_link_speed", "Unknown\n");
  rig.file(std::filesystem::path(k_card) / "max_link_width", "255\n");
  CHECK(read_gpus(rig.tree).at(0).link_most.empty());
}

TEST_CASE("a sleeping card is not asked what only itself could tell") {
  const Described rig;
  card(rig, "suspended");
  const Gpu gpu = read_gpus(rig.tree).at(0);
  CHECK(gpu.asleep());
  CHECK(gpu.device_id == "2684");
  CHECK(gpu.driver == "nvidia");
  CHECK(gpu.link.empty());
  CHECK(gpu.link_most.empty());
  CHECK(gpu.uuid.empty());
}

TEST_CASE("names of cards by pci.ids") {
  constexpr std::string_view k_ids =
      "#\n# List of PCI ID's\n#\n1002  Advanced Micro Devices, Inc. [AMD/ATI]\n\t2684  Not this one\n"
      "10de  NVIDIA Corporation\n\t1b80  GP104 [GeForce GTX 1080]\n\t\t1028 2684  A subsystem\n"
      "\t2684  AD102 [GeForce RTX 4090]\n\t\t10de 16f4  RTX 4090 Founders Edition\n\t2685  AD102\n"
      "10df  Emulex Corporation\n\t2330  Not this one\n";
  const auto name = [&](std::string_view device) { return name_in_pci_ids(k_ids, "10de", device); };
  CHECK(name("2684") == "GeForce RTX 4090");
  CHECK(name("1b80") == "GeForce GTX 1080");
  CHECK(name("2685") == "AD102");
  CHECK(name("2330").empty());
  CHECK(name("").empty());
  CHECK(name_in_pci_ids(k_ids, "8086", "2684").empty());
  CHECK(name_in_pci_ids("", "10de", "2684").empty());

  const Described rig;
  rig.device("0000:01:00.0", "0x030000", "0x10de", "");
  CHECK(read_gpus(rig.tree).at(0).name.empty());
  rig.file("/usr/share/misc/pci.ids", k_ids);
  CHECK(read_gpus(rig.tree).at(0).name == "GeForce RTX 4090");
}

TEST_CASE("what the tables know of a card is told with it, and its own name stays") {
  Complaints complaints;
  const compat::Tables tables = compat::load({RIGSETUP_SOURCE_DIR "/recipes/compat"}, complaints);
  REQUIRE(complaints.empty());
  std::vector<Gpu> gpus(2);
  gpus[0].vendor = gpus[1].vendor = "nvidia";
  gpus[0].device_id = gpus[1].device_id = "2684";
  gpus[1].name = "AD102";
  name_gpus(tables, gpus);
  CHECK(gpus[0].name == "GeForce RTX 4090");
  CHECK(gpus[0].architecture == "Ada");
  CHECK(gpus[1].name == "AD102");
}
