// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// A conda that somebody has installed.
struct FoundConda {
  std::string path;
  std::string user;       ///< whose it is: a name, or "user 1000"; empty: root's
  std::string version;    ///< of its conda; empty: not seen
  bool anaconda = false;  ///< it came from Anaconda's own channels
};

/// In the places that installers suggest: /opt, /usr/local, and homes, which are read as their owners.
std::vector<FoundConda> find_conda(const Tree& files);

}  // namespace rigsetup
