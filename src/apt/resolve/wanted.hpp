// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <rigsetup/base/version.hpp>
#include <rigsetup/data/value.hpp>

#include "apt/resolve/universe.hpp"

namespace rigsetup::resolve {

/// One request of a stage, as it came in JSON.
struct Request {
  std::string step;
  std::vector<PackageName> install;
  std::vector<std::string> absent;
  std::vector<std::string> unneeded;
  std::vector<std::string> own_holds;
  bool recommends = true;
  bool hold = false;
  bool automatic = false;
};
Request request_from(const Value& value);

/// A package that a request names, with the version that was chosen for it.
struct Wanted {
  pkgCache::PkgIterator package;
  pkgCache::VerIterator version;  ///< what it shall become; what is installed when that serves
  VersionRange range;
  bool recommends = true;
  bool hold = false;
  bool automatic = false;  ///< to be marked as a dependency is
};

/// Finds the package and the best version in the range: what is installed if it serves, else apt's candidate,
/// else the newest with the highest priority. Throws Error(not_found) that names what there is.
Wanted find_wanted(Universe& universe, const PackageName& name, const Request& request);

/// Makes the version the candidate, and with it those versions of its dependencies that it insists on: an
/// older version of a set that depends on itself with "=" is otherwise never found. Adds the names it moved.
void choose_version(Universe& universe, const pkgCache::VerIterator& version, std::set<std::string>& moved);

}  // namespace rigsetup::resolve
