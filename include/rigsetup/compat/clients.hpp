// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <map>
#include <string>

#include <rigsetup/compat/basis.hpp>

namespace rigsetup::compat {

/// One release of a conda client: the file for amd64.
struct ClientRelease {
  std::string version;  ///< with its build, "2.9.0-0"
  std::string url;
  std::string sha256;  ///< of that very file; empty: not known
  Basis basis;
  bool usable() const { return basis.confirmed && !sha256.empty(); }
};
using ClientReleases = std::map<std::string, ClientRelease>;  ///< by version

struct Clients {
  ClientReleases micromamba;  ///< the bare program
  ClientReleases miniforge;   ///< the installer
};

/// The newest that may be used unasked; nullptr: none.
const ClientRelease* newest_usable(const ClientReleases& releases);

}  // namespace rigsetup::compat
