// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include "tests/support/http_server.hpp"
#include "tests/support/running_daemon.hpp"
#include "tests/system/provision_rig.hpp"

namespace rigsetup::test {

/// Tables for the daemon of `bed` that say where this server has the clients of conda: those are put into
/// `downloads`, what it serves.
void offer_clients(const Bed& bed, const std::filesystem::path& downloads, const HttpServer& server);

/// A tiny root, a daemon, and a server that has the clients of conda: tables say that they are there.
struct CondaBench {
  CondaBench();
  /// `rigsetup VERB` on a recipe of these steps (YAML, indented by two).
  Said on_steps(const std::string& verb, const std::string& steps, std::vector<std::string> more = {}) const;
  Said apply(const std::string& steps, std::vector<std::string> more = {}) const;  ///< with -y
  std::filesystem::path operator/(const std::filesystem::path& name) const { return bed.root / name; }

  static constexpr const char* k_installer = "/Miniforge3-26.7.2-0-Linux-x86_64.sh";  // on the server
  static constexpr const char* k_micromamba = "/micromamba-linux-64";
  Bed bed;
  std::filesystem::path downloads = bed.folder / "downloads";
  HttpServer server{downloads};
  std::optional<RunningDaemon> daemon;
};

}  // namespace rigsetup::test
