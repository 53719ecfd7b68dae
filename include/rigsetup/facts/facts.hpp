// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rigsetup/data/value.hpp>
#include <rigsetup/facts/gpu.hpp>
#include <rigsetup/facts/kernel.hpp>
#include <rigsetup/facts/nvidia.hpp>
#include <rigsetup/facts/nvml.hpp>
#include <rigsetup/host/host.hpp>

namespace rigsetup {

struct Disk {
  std::string name;  ///< "nvme0n1"
  std::string kind;  ///< "nvme", "ssd", "hdd"
  std::uint64_t bytes = 0;
};

/// What the target is (from its files) and, where known, what hardware it runs on.
struct Facts {
  std::string root;          ///< "/" or the tree
  std::string os_id;         ///< /etc/os-release ID: "debian"
  std::string os_version;    ///< VERSION_ID: "12"
  std::string os_codename;   ///< VERSION_CODENAME: "bookworm"
  std::string os_name;       ///< PRETTY_NAME
  std::string architecture;  ///< dpkg's: "amd64"
  bool has_systemd = false;  ///< is systemd running the target (never under --root)?
  std::string platform() const { return os_id + "-" + os_version; }

  /// Hardware; absent under --root, where it is not known what the tree will run on.
  struct Machine {
    std::string kernel;  ///< running release
    std::string boot_id;
    std::string container;  ///< "docker", "systemd-nspawn"; empty: none seen
    std::string cpu;
    int cores = 0;
    std::uint64_t memory_bytes = 0;
    std::vector<Gpu> gpus;
    std::vector<Disk> disks;
    std::string virtual_machine = {};  ///< "kvm", "vmware", "wsl2", ...; empty: none seen
    Compiler compiler = {};            ///< that built the running kernel
    SecureBoot secure_boot = {};
    std::string lockdown = {};  ///< "none", "integrity" or "confidentiality"; empty: the kernel has none
    bool nouveau_loaded = false;
    std::optional<LoadedNvidia> nvidia = {};  ///< the loaded module
    std::optional<NvmlAnswer> nvml = {};      ///< absent: it was not asked
    int nvswitches = 0;  ///< NVSwitches on the PCI bus: GPUs behind them need the fabric manager
  };
  std::optional<Machine> machine;
  bool has_nvidia_gpu() const;

  // Of the target, whatever it runs on.
  Kernels kernels = {};
  std::vector<DkmsModule> dkms = {};
  NvidiaStack nvidia = {};
  std::string desktop = {};  ///< what shows that somebody sits at its screen: "gdm3"; empty: nothing does
};

/// Reads files only.
Facts gather_facts(const Host& host);
/// And what NVML tells, where asking wakes nobody: the driver is loaded, and none of its GPUs sleeps.
void ask_awake_gpus(Facts& facts, const Host& host, std::stop_token stop);
Value to_value(const Facts& facts);

}  // namespace rigsetup
