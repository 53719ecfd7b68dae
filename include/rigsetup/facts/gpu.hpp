// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/compat/tables.hpp>

namespace rigsetup {

/// A PCI Express link. Power saving lowers the generation of an idle card, never the width of a sound one.
struct PcieLink {
  int generation = 0;  ///< 1 to 6; 0: not known
  int width = 0;       ///< lanes; 0: not known
  bool empty() const { return generation == 0 && width == 0; }
  bool operator==(const PcieLink&) const = default;
};

/// The generation by sysfs's words for its speed: "16.0 GT/s PCIe" is 4. 0 for what is none.
int pcie_generation(std::string_view speed);

/// A display or compute controller on the PCI bus, as sysfs describes it without any driver. What only the
/// card itself could tell is not known while it sleeps: it is not woken to be asked.
struct Gpu {
  std::string address;            ///< "0000:01:00.0"
  std::string vendor;             ///< "nvidia", "amd", "intel" or the id in hex
  std::string device_id;          ///< hex, lower case: "2684"
  std::string driver;             ///< bound kernel driver; empty: none
  std::string subsystem = {};     ///< who built the card: "1043:889d"
  std::string pci_class = {};     ///< "0300" VGA, "0302" 3D controller, "0380" other
  std::string name = {};          ///< "GeForce RTX 4090"; empty: nothing on the machine knows it
  std::string architecture = {};  ///< "Ada"; empty: not known
  /// power/runtime_status: "active", "suspended", ...; "unsupported" where power is not managed
  std::string runtime_status = {};
  PcieLink link = {};              ///< now
  PcieLink link_most = {};         ///< what card and slot could do
  int numa_node = -1;              ///< -1: none
  bool boot_vga = false;           ///< does the firmware show its screen on it?
  std::string uuid = {};           ///< as the driver tells it; empty without one
  std::uint64_t memory_bytes = 0;  ///< as the driver tells it; 0: not known
  bool is_nvidia() const { return vendor == "nvidia"; }
  /// Kept for a virtual machine.
  bool is_given_away() const { return driver == "vfio-pci" || driver == "pci-stub"; }
  bool asleep() const { return runtime_status == "suspended" || runtime_status == "suspending"; }
};

/// Tells what the tables know of each NVIDIA GPU: its architecture, and its name where nothing on the machine
/// had one.
void name_gpus(const compat::Tables& tables, std::vector<Gpu>& gpus);

}  // namespace rigsetup
