// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <set>
#include <string>
#include <vector>

#include <rigsetup/data/value.hpp>

#include "apt/resolve/universe.hpp"
#include "apt/resolve/wanted.hpp"

namespace rigsetup::resolve {

/// What the requests of one stage name.
struct Names {
  std::vector<Wanted> install;
  std::vector<pkgCache::PkgIterator> absent;
  std::set<std::string>
      moved;  ///< names of `install`, and what their versions insist on: may go back in version
  std::set<std::string> own_holds;  ///< rigsetup put them on hold, so they may go
  std::set<std::string> unneeded;   ///< go as well, once nothing needs them any more
  bool recommends = false;          ///< wanted by all of them
};

/// Throws Error(conflict) for what this system cannot be without, whoever asks.
void require_removable(const pkgCache::PkgIterator& package);

/// What is marked, a map for each package that changes, sorted by name. Throws Error(conflict) for what the
/// administrator or dpkg protects and nobody asked for by name. `archives`: sizes of files in apt's cache.
Value changes_of(Universe& universe, const Names& names, const Value& archives);

/// Names to put on hold: those asked for that are not held yet, or that will lose it by being changed.
std::set<std::string> names_to_hold(Universe& universe, const Names& names);

}  // namespace rigsetup::resolve
