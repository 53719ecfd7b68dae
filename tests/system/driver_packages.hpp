// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include "tests/support/deb_file.hpp"

namespace rigsetup::test {

/// One release of the driver as somebody packages it. Names follow from `suffix`: "-580-server" of Ubuntu's
/// archive, "-580" of both up to that branch, "" of NVIDIA's repository from 590 on.
struct DriverRelease {
  std::string suffix;
  std::string upstream;  ///< "580.159.03"
  std::string revision;  ///< "0ubuntu0.22.04.1"
  std::string maintainer;
  /// From 615 on Ubuntu's names without -open lead to those with it.
  bool open_only = false;
  bool of_nvidia = false;

  std::string version() const { return upstream + "-" + revision; }
  std::string name(const std::string& stem) const { return stem + suffix; }
};

/// All its packages: libraries, kernel parts, DKMS in both flavours, tools, and the metas that bring them.
/// Dependencies, conflicts and virtual names are those of the real ones; contents are as little as tells
/// whose they are.
std::vector<Deb> driver_packages(const DriverRelease& release);

/// "N (<= 580.159.03-1), N (>= 580.159.03)": of this release, whatever Ubuntu's revision.
std::string of_release(const std::string& name, const DriverRelease& release);

/// Names that only lead to others, such as nvidia-driver-535 to nvidia-driver-580.
Deb transitional(const std::string& name, const std::string& version, const std::string& to,
                 const std::string& maintainer);

/// A dkms that knows what such packages and rigsetup ask of it. Needs headers as the real one; what it builds
/// is the module that lies in the source.
Deb dkms_package(const std::string& compiler);

}  // namespace rigsetup::test
