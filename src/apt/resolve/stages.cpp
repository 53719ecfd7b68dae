// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/resolve/stages.hpp"

#include <algorithm>
#include <fstream>
#include <set>

#include <apt-pkg/algorithms.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "apt/resolve/aptlib.hpp"
#include "apt/resolve/changes.hpp"
#include "apt/resolve/reason.hpp"
#include "apt/resolve/status_file.hpp"
#include "apt/resolve/universe.hpp"
#include "apt/resolve/wanted.hpp"

namespace rigsetup::resolve {

namespace {

Names find_names(Universe& universe, const std::vector<Request>& requests) {
  Names names;
  names.recommends =
      std::all_of(requests.begin(), requests.end(), [](const Request& r) { return r.recommends; });
  for (const Request& request : requests) {
    for (const PackageName& name : request.install) {
      names.install.push_back(find_wanted(universe, name, request));
      names.moved.insert(name_of(names.install.back().package));
    }
  }
  for (const Request& request : requests) {
    names.unneeded.insert(request.unneeded.begin(), request.unneeded.end());
    names.own_holds.insert(request.own_holds.begin(), request.own_holds.end());
    for (const std::string& name : request.absent) {
      const pkgCache::PkgIterator package = universe.cache().FindPkg(name);
      if (package.end()) continue;
      const auto same = [&](const Wanted& wanted) { return wanted.package == package; };
      if (std::any_of(names.install.begin(), names.install.end(), same)) {
        throw Error(Code::conflict, format("cannot both install and remove {}", name),
                    "two steps contradict each other");
      }
      if (package.CurrentVer().end()) continue;
      require_removable(package);
      names.absent.push_back(package);
    }
  }
  return names;
}

std::string texts(const std::vector<std::string>& lines) { return join(lines, "; "); }

/// Marks what is wanted and lets apt's resolver settle the rest, in the order apt-get does it.
void mark(Universe& universe, Names& names) {
  pkgDepCache& marks = universe.marks();
  pkgProblemResolver resolver(&marks);
  {
    pkgDepCache::ActionGroup group(marks);
    for (const Wanted& wanted : names.install) {
      if (wanted.version != wanted.package.CurrentVer())
        choose_version(universe, wanted.version, names.moved);
    }
    universe.policy().recommends = false;
    for (const Wanted& wanted : names.install) {
      resolver.Clear(wanted.package);
      resolver.Protect(wanted.package);
      if (wanted.version != wanted.package.CurrentVer()) marks.MarkInstall(wanted.package, false);
    }
    for (const pkgCache::PkgIterator& package : names.absent) {
      resolver.Clear(package);
      resolver.Remove(package);
      resolver.Protect(package);
      marks.MarkDelete(package, false);
    }
    for (const Wanted& wanted : names.install) {
      if (wanted.version == wanted.package.CurrentVer()) continue;
      universe.policy().recommends = wanted.recommends;
      marks.MarkInstall(wanted.package, true);
    }
    universe.policy().recommends = names.recommends;
    resolver.Resolve(true);
  }
  take_complaints();  // the resolver's are vague; what is unmet says it better
}

/// What rigsetup brought along with packages that go now, and that apt would call no longer required, goes
/// too.
void mark_unneeded(Universe& universe, const Names& names) {
  if (names.unneeded.empty()) return;
  pkgDepCache& marks = universe.marks();
  marks.MarkAndSweep();
  const pkgDepCache::ActionGroup group(marks);
  for (auto package = universe.cache().PkgBegin(); !package.end(); ++package) {
    if (package.CurrentVer().end() || !marks[package].Garbage || marks[package].Delete()) continue;
    if (names.unneeded.contains(name_of(package))) marks.MarkDelete(package, false);
  }
}

void require_whole(Universe& universe, std::string_view doing) {
  if (universe.marks().BrokenCount() == 0) return;
  throw Error(Code::conflict, format("cannot {}: {}", doing, texts(unmet_dependencies(universe))),
              "see whether the repositories fit this release, and whether a version or a hold is in the way");
}

void require_wanted(Universe& universe, const Names& names, const std::string& steps) {
  for (const Wanted& wanted : names.install) {
    const auto version = universe.marks()[wanted.package].InstVerIter(universe.cache());
    if (!version.end() && wanted.range.matches(version.VerStr())) continue;
    throw Error(Code::conflict,
                format("cannot resolve the packages of {}: {} would be {}", steps,
                       PackageName{name_of(wanted.package), wanted.range}.text(),
                       version.end() ? "removed or left out" : version.VerStr()),
                "two things that are asked for exclude each other");
  }
  for (const pkgCache::PkgIterator& package : names.absent) {
    if (universe.marks()[package].InstallVer == nullptr) continue;
    throw Error(Code::conflict,
                format("cannot remove {}: something that is asked for needs it", name_of(package)));
  }
}

void write_files(const Value& files) {
  for (const Value& file : files.as_list()) {
    const std::string& path = file.as_list().at(0).as_string();
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    if (!(out << file.as_list().at(1).as_string()).flush()) throw Error(Code::io, "cannot write " + path);
  }
}

Value resolve_stage(const Value& stage, const Value& archives, bool last) {
  write_files(stage.at("files"));
  std::vector<Request> requests;
  for (const Value& request : stage.at("requests").as_list()) requests.push_back(request_from(request));
  std::vector<std::string> steps;
  for (const Request& request : requests) steps.push_back(request.step);

  Universe universe;
  require_whole(universe, "plan on what is installed");
  Names names = find_names(universe, requests);
  mark(universe, names);
  mark_unneeded(universe, names);
  const std::string of_steps = join(steps, ", ");
  require_whole(universe, "resolve the packages of " + of_steps);
  require_wanted(universe, names, of_steps);
  Value changes = changes_of(universe, names, archives);
  const std::set<std::string> hold = names_to_hold(universe, names);
  if (!last) simulate(universe, hold);
  return Value::map({{"steps", Value::strings(steps)},
                     {"changes", std::move(changes)},
                     {"hold", Value::strings({hold.begin(), hold.end()})}});
}

/// What `dpkg --configure -a` and `apt-get -f install` will make of an interrupted dpkg.
void simulate_repair() {
  settle_half_states();
  Universe universe;
  if (universe.marks().BrokenCount() == 0) return;
  if (!pkgFixBroken(universe.marks())) take_complaints();
  require_whole(universe, "repair what an interrupted dpkg left");
  simulate(universe, {});
}

}  // namespace

Value resolve_stages(const Value& request) {
  if (request.get("repaired", false)) simulate_repair();
  Value transactions = Value::list();
  const Value::List& stages = request.at("stages").as_list();
  for (const Value& stage : stages) {
    transactions.push_back(resolve_stage(stage, request.at("archives"), &stage == &stages.back()));
  }
  return Value::map({{"transactions", std::move(transactions)}});
}

}  // namespace rigsetup::resolve
