// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/data/value.hpp>
#include <rigsetup/host/host.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rigsetup {

/// A display or compute controller on the PCI bus, as sysfs describes it without any driver.
struct Gpu {
  std::string address;    ///< "0000:01:00.0"
  std::string vendor;     ///< "nvidia", "amd", "intel" or the id in hex
  std::string device_id;  ///< hex, "2684"
  std::string driver;     ///< bound kernel driver; empty: none
};

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
  };
  std::optional<Machine> machine;
  bool has_nvidia_gpu() const;
};

Facts gather_facts(const Host& host);
Value to_value(const Facts& facts);

}  // namespace rigsetup
