// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/resolve/universe.hpp"

#include "apt/resolve/aptlib.hpp"

namespace rigsetup::resolve {

Universe::Universe() {
  if (!file_.BuildCaches(nullptr, false)) throw_complaints(Code::conflict, "read the package lists");
  cache_ = file_.GetPkgCache();
  policy_.emplace(cache_);
  if (!ReadPinFile(*policy_) || !ReadPinDir(*policy_))
    throw_complaints(Code::conflict, "read apt's preferences");
  marks_.emplace(cache_, &*policy_);
  if (!marks_->Init(nullptr)) throw_complaints(Code::conflict, "read what is installed");
  take_complaints();  // what is left are warnings about the lists, told when they were fetched
}

bool offered(const pkgCache::VerIterator& version) {
  for (auto file = version.FileList(); !file.end(); ++file) {
    if (!file.File().Flagged(pkgCache::Flag::NotSource)) return true;
  }
  return false;
}

std::vector<pkgCache::DepIterator> firm_dependencies(const pkgCache::VerIterator& version) {
  std::vector<pkgCache::DepIterator> firm;
  for (auto dependency = version.DependsList(); !dependency.end();) {
    pkgCache::DepIterator start;
    pkgCache::DepIterator end;
    dependency.GlobOr(start, end);  // moves `dependency` to the next group
    if (start == end && start.IsCritical() && !start.IsNegative()) firm.push_back(start);
  }
  return firm;
}

std::string name_of(const pkgCache::PkgIterator& package) { return package.FullName(true); }

}  // namespace rigsetup::resolve
