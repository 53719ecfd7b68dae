// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <rigsetup/apt/archive.hpp>
#include <rigsetup/fetch/downloads.hpp>
#include <rigsetup/host/host.hpp>
#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {

/// Where the daemon keeps things, and how it behaves; from its options and rigsetupd.yaml.
struct Settings {
  std::filesystem::path socket = "/run/rigsetup/rigsetup.sock";
  std::filesystem::path state = "/var/lib/rigsetup";
  std::filesystem::path logs = "/var/log/rigsetup";
  std::filesystem::path data = "/usr/share/rigsetup/recipes";
  std::filesystem::path tables = "/etc/rigsetup/compat.d";  ///< the administrator's tables of what fits what
  std::filesystem::path libexec = "/usr/libexec/rigsetup";
  std::string group = "rigsetup";  ///< whose members may change the machine
  bool resume = true;              ///< go on with an interrupted run at start, or wait for `rigsetup resume`
  int workers = 4;
  std::chrono::seconds lists_max_age{3600};
  std::chrono::seconds lock_timeout{600};
  bool may_fetch = true;  ///< false: for a caller who may not make the daemon use the network
  apt::Settings apt() const;
};

/// What composites are fitted to on this target, for whoever only looks: no archive is asked. The function
/// refers to both.
LookAround look_around(const Host& host, const Settings& settings);

/// What asking the archives takes. All of it outlives the function that is made of it.
struct Asking {
  Downloads& downloads;
  apt::Archive& archive;
  const std::filesystem::path& work;  ///< folder for keys fetched by URL
  Reporter& reporter;
  std::stop_token stop;
};
/// The same for planning: the archives are asked when a choice depends on what they have, once.
LookAround look_around(const Host& host, const Settings& settings, const Asking& asking);

/// All that is needed to work on one target, alive together: the tree, its programs, its archive.
class Target {
 public:
  /// `rig`: a folder that describes the machine by its /sys and /proc; without one it is this machine for its
  /// own root, and not known for another. Throws Error(not_found) when there is no such folder and
  /// Error(unsupported) when the root holds no Debian or Ubuntu.
  Target(const std::string& root, const Settings& settings, const std::string& rig = {});
  Target(const Target&) = delete;

  Host host;
  CurlDownloads& downloads() { return *downloads_; }
  apt::Archive& archive() { return *archive_; }
  /// The daemon goes: jobs are left alone, and all that follows or runs a program throws Abandoned. Any
  /// thread.
  void abandon();

 private:
  Tree tree_;
  std::optional<Tree> rig_;
  RealPrograms programs_;
  RealPrograms machine_programs_;
  RealClock clock_;
  std::unique_ptr<CurlDownloads> downloads_;
  std::unique_ptr<apt::Archive> archive_;
};

}  // namespace rigsetup
