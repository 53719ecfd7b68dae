// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <set>
#include <string>
#include <vector>

#include "tests/system/nvidia_archive.hpp"
#include "tests/system/provision_rig.hpp"
#include "tests/system/ubuntu_archive.hpp"

namespace rigsetup::test {

inline const std::string k_hwe = "generic-hwe-22.04";

/// A package that is installed and belongs to the driver, by its name and version.
struct DriverPackage {
  std::string name;
  std::string version;     ///< "580.159.03-0ubuntu0.22.04.1"
  std::string maintainer;  ///< "cudatools@nvidia.com"
};

/// A release of Ubuntu with its newer kernel and unattended-upgrades that may take from everywhere, both
/// archives, and a daemon.
struct DriverBench {
  explicit DriverBench(const UbuntuRelease& release = jammy());

  /// A recipe of this one step: "branch: \"580\", origin: ubuntu".
  void want_driver(const std::string& fields, const std::string& policy = {}) const;
  Said apply(std::vector<std::string> more = {}) const;  ///< with -y
  /// Applies that step, which has to go well, and has nothing to do a second time.
  void provide_driver(const std::string& fields) const;

  std::vector<DriverPackage> driver_packages() const;
  /// One driver has one version, and one maintainer.
  std::set<std::string> driver_versions() const;
  std::set<std::string> driver_maintainers() const;
  /// The version of the module that lies in the kernel's folder; empty: there is none.
  std::string module_for(const std::string& kernel) const;
  std::vector<std::string> kernels() const;  ///< that can boot

  UbuntuArchive ubuntu;
  NvidiaArchive nvidia;
  Shop shop;
  Machine machine{shop, {"systemd", "unattended-upgrades"}};
};

}  // namespace rigsetup::test
