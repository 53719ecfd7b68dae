// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/resolve/wanted.hpp"

#include <algorithm>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::resolve {

namespace {

[[noreturn]] void throw_unknown(Universe& universe, const PackageName& name) {
  std::vector<std::string> names;
  for (auto package = universe.cache().PkgBegin(); !package.end(); ++package) {
    if (!package.VersionList().end()) names.push_back(name_of(package));
  }
  const auto near = suggestion(name.name, names);
  throw Error(Code::not_found,
              format("cannot find a package named {} in the repositories of this target", name.name),
              near ? format("did you mean {}?", *near)
                   : "look for a typing error, or add the repository that offers it before this step");
}

[[noreturn]] void throw_virtual(const pkgCache::PkgIterator& package) {
  std::set<std::string> providers;
  for (auto provides = package.ProvidesList(); !provides.end(); ++provides) {
    providers.insert(name_of(provides.OwnerPkg()));
  }
  throw Error(
      Code::not_found, format("cannot install {}: it is a virtual package", name_of(package)),
      format("name a real package that provides it: {}", join({providers.begin(), providers.end()}, ", ")));
}

[[noreturn]] void throw_no_version(Universe& universe, const pkgCache::PkgIterator& package,
                                   const PackageName& name) {
  std::vector<std::string> versions;
  bool pinned_away = false;
  for (auto version = package.VersionList(); !version.end(); ++version) {
    if (!offered(version)) continue;
    pinned_away |= name.range.matches(version.VerStr()) && universe.policy().GetPriority(version) < 0;
    versions.emplace_back(version.VerStr());
  }
  if (pinned_away) {
    throw Error(Code::conflict,
                format("cannot install {}: a pin in apt's preferences forbids it", name.text()),
                "see `apt-cache policy " + name.name + "`");
  }
  if (versions.empty()) {
    throw Error(Code::not_found,
                format("cannot install {}: no repository of this target offers it", name.text()),
                "add the repository that offers it before this step");
  }
  throw Error(Code::not_found, format("cannot install {}: there is no such version", name.text()),
              "available: " + join(versions, ", "));
}

pkgCache::VerIterator best_version(Universe& universe, const pkgCache::PkgIterator& package,
                                   const auto& serves) {
  const pkgCache::VerIterator candidate = universe.policy().GetCandidateVer(package);
  if (!candidate.end() && serves(candidate)) return candidate;
  pkgCache::VerIterator best;
  int priority = -1;
  // The list runs from the newest to the oldest version.
  for (auto version = package.VersionList(); !version.end(); ++version) {
    if (!offered(version) || !serves(version)) continue;
    const int its = universe.policy().GetPriority(version);
    if (its > priority) {
      best = version;
      priority = its;
    }
  }
  return best;
}

bool can_use_what_is_installed(const pkgCache::PkgIterator& package) {
  return !package.CurrentVer().end() && package.State() == pkgCache::PkgIterator::NeedsNothing;
}

}  // namespace

Request request_from(const Value& value) {
  Request request;
  request.step = value.get("step", "");
  for (const Value& item : value.at("install").as_list()) {
    request.install.push_back(
        {item.at("name").as_string(), {item.get("relation", ""), item.get("version", "")}});
  }
  request.absent = value.get_strings("absent");
  request.unneeded = value.get_strings("unneeded");
  request.own_holds = value.get_strings("own_holds");
  request.recommends = value.get("recommends", true);
  request.hold = value.get("hold", false);
  request.automatic = value.get("automatic", false);
  return request;
}

Wanted find_wanted(Universe& universe, const PackageName& name, const Request& request) {
  const pkgCache::PkgIterator package = universe.cache().FindPkg(name.name);
  if (package.end()) throw_unknown(universe, name);
  if (package.VersionList().end()) {
    if (package.ProvidesList().end()) throw_unknown(universe, name);
    throw_virtual(package);
  }
  Wanted wanted{package, {}, name.range, request.recommends, request.hold, request.automatic};
  if (can_use_what_is_installed(package) && name.range.matches(package.CurrentVer().VerStr())) {
    wanted.version = package.CurrentVer();
    return wanted;
  }
  wanted.version = best_version(universe, package,
                                [&](const auto& version) { return name.range.matches(version.VerStr()); });
  if (wanted.version.end()) throw_no_version(universe, package, name);
  return wanted;
}

void choose_version(Universe& universe, const pkgCache::VerIterator& version, std::set<std::string>& moved) {
  pkgDepCache& marks = universe.marks();
  marks.SetCandidateVersion(version);
  for (pkgCache::DepIterator& dependency : firm_dependencies(version)) {
    const pkgCache::PkgIterator target = dependency.TargetPkg();
    if (!target.CurrentVer().end() && dependency.IsSatisfied(target.CurrentVer())) continue;
    const pkgCache::VerIterator candidate = marks.GetCandidateVersion(target);
    if (!target.ProvidesList().end() || candidate.end() || dependency.IsSatisfied(candidate)) continue;
    const auto fitting =
        best_version(universe, target, [&](const auto& other) { return dependency.IsSatisfied(other); });
    if (fitting.end() || !moved.insert(name_of(target)).second) continue;
    choose_version(universe, fitting, moved);
  }
}

}  // namespace rigsetup::resolve
