// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/resolve/reason.hpp"

#include <rigsetup/base/format.hpp>

namespace rigsetup::resolve {

namespace {

std::string what_is_there(Universe& universe, const pkgCache::DepIterator& dependency) {
  const pkgCache::PkgIterator target = dependency.TargetPkg();
  pkgDepCache::StateCache& state = universe.marks()[target];
  if (state.InstallVer != nullptr) {
    const bool held = target->SelectedState == pkgCache::State::Hold;
    return format("but {} is to be installed{}", state.InstVerIter(universe.cache()).VerStr(),
                  held ? ": it is on hold" : "");
  }
  if (!target.VersionList().end() && state.CandidateVer != nullptr)
    return "but it is not going to be installed";
  return target.ProvidesList().end() ? "but it is not installable" : "but it is a virtual package";
}

std::string text_of(const pkgCache::DepIterator& dependency) {
  const std::string name = name_of(dependency.TargetPkg());
  if (dependency.TargetVer() == nullptr) return name;
  return format("{} ({} {})", name, dependency.CompType(), dependency.TargetVer());
}

}  // namespace

std::vector<std::string> unmet_dependencies(Universe& universe) {
  std::vector<std::string> reasons;
  pkgDepCache& marks = universe.marks();
  for (auto package = universe.cache().PkgBegin(); !package.end(); ++package) {
    if (!marks[package].InstBroken()) continue;
    const pkgCache::VerIterator version = marks[package].InstVerIter(universe.cache());
    if (version.end()) continue;
    for (auto dependency = version.DependsList(); !dependency.end();) {
      pkgCache::DepIterator start;
      pkgCache::DepIterator end;
      dependency.GlobOr(start, end);
      if (!end.IsCritical() || (marks[end] & pkgDepCache::DepGInstall) == pkgDepCache::DepGInstall) continue;
      std::string alternatives;
      for (; true; ++start) {
        if (!alternatives.empty()) alternatives += " or ";
        alternatives += format("{} {}", text_of(start), what_is_there(universe, start));
        if (start == end) break;
      }
      reasons.push_back(format("{} : {}: {}", name_of(package), end.DepType(), alternatives));
    }
  }
  return reasons;
}

}  // namespace rigsetup::resolve
