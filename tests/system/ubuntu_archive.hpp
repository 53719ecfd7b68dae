// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/apt_archive.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rigsetup::test {

/// A kernel of a release, by the flavour of the meta package that follows it.
struct UbuntuKernel {
  std::string flavour;  ///< "generic-hwe-22.04"
  std::string base;     ///< "6.8.0"
  int abi = 0;
  std::string tail;      ///< "~22.04.1"
  std::string compiler;  ///< as the kernel's configuration names it
  int rebuilt = 0;       ///< how often its modules were built again, for newer drivers
  std::string release() const;
  std::string version() const;
};

/// What tells one release of Ubuntu from another.
struct UbuntuRelease {
  std::string codename;  ///< "jammy"
  std::string number;    ///< "22.04"
  std::string name;      ///< "Ubuntu 22.04.5 LTS"
  std::vector<UbuntuKernel> kernels;
  std::vector<std::string> drivers;
  /// The compilers, by name and version. DKMS needs the newest of them.
  std::vector<std::pair<std::string, std::string>> compilers;

  std::string revision() const { return "0ubuntu0." + number + ".1"; }  ///< of its packages of a driver
  std::string suite(const std::string& pocket) const { return codename + "-" + pocket; }
};
const UbuntuRelease& jammy();
const UbuntuRelease& noble();

/// An archive shaped like Ubuntu's, on a loopback server: tiny packages under the real names, with the
/// dependencies that Ubuntu's index had in November 2026. Kernels of both flavours; drivers 580, 595 and 615,
/// for desktops and servers, open and proprietary; modules built and signed for each kernel; the names of old
/// branches. Like the real one it has no older version of anything but what the release began with, and
/// kernels under their own names.
class UbuntuArchive {
 public:
  explicit UbuntuArchive(const UbuntuRelease& release = jammy());

  /// A newer point release ("580.178.04"), for desktops and servers, with modules for the newest kernels.
  void offer_driver(const std::string& upstream);
  /// The next kernel of a flavour ("generic-hwe-22.04"), with modules of the drivers that are there now.
  void offer_kernel(const std::string& flavour);
  /// A security update of "less", which has nothing to do with GPUs.
  void offer_less(const std::string& version);
  void offer(const Deb& deb);

  /// "6.8.0-135-generic": the newest of the flavour.
  std::string kernel(const std::string& flavour) const;
  /// Makes a root pass for the release, whose apt knows this archive's `components`.
  void make_root(const std::filesystem::path& root, std::vector<std::string> components = {"main"}) const;

 private:
  void publish() { archive_.publish(); }
  void put(const Deb& deb, const std::string& component);
  void add_distribution();
  void add_driver(const std::string& upstream);
  void add_kernel(const std::string& flavour);
  void add_modules(const std::string& flavour);
  void add_modules_of(const std::string& flavour, const std::string& suffix, const std::string& upstream);
  void add_old_names();

  TemporaryFolder folder_;
  AptArchive archive_{folder_ / "repository"};
  HttpServer server_{folder_ / "repository"};
  UbuntuRelease release_;
  std::map<std::string, UbuntuKernel> kernels_;  ///< by their flavours
  std::map<std::string, std::string> drivers_;   ///< "-580-server" -> "580.159.03"
  std::map<std::string, Deb> newest_;            ///< by name: what another version takes the place of
};

}  // namespace rigsetup::test
