// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/resolve/stages.hpp"

#include <algorithm>
#include <fstream>
#include <set>

#include <apt-pkg/algorithms.h>
#include <apt-pkg/strutl.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "apt/resolve/aptlib.hpp"
#include "apt/resolve/reason.hpp"
#include "apt/resolve/status_file.hpp"
#include "apt/resolve/universe.hpp"
#include "apt/resolve/wanted.hpp"

namespace rigsetup::resolve {

namespace {

/// What the requests of one stage name.
struct Names {
  std::vector<Wanted> install;
  std::vector<pkgCache::PkgIterator> absent;
  std::set<std::string>
      moved;  ///< names of `install`, and what their versions insist on: may go back in version
  std::set<std::string> unneeded;  ///< go as well, once nothing needs them any more
  bool recommends = false;         ///< wanted by all of them
};

/// This system cannot be without what is essential, whoever asks.
void require_removable(const pkgCache::PkgIterator& package) {
  constexpr unsigned k_essential = pkgCache::Flag::Essential | pkgCache::Flag::Important;
  if ((package->Flags & k_essential) == 0) return;
  throw Error(Code::conflict, format("cannot remove {}: this system cannot be without it", name_of(package)));
}

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

enum class Action { none, install, upgrade, downgrade, reinstall, remove };

Action action_of(const pkgCache::PkgIterator& package, pkgDepCache::StateCache& state) {
  if (state.Delete()) return package.CurrentVer().end() ? Action::none : Action::remove;
  if (state.ReInstall()) return Action::reinstall;
  if (!state.Install()) return Action::none;
  if (state.NewInstall()) return Action::install;
  if (state.Upgrade()) return Action::upgrade;
  return state.Downgrade() ? Action::downgrade : Action::none;
}

std::string_view text_of(Action action) {
  switch (action) {
    case Action::none:
      return "none";
    case Action::install:
      return "install";
    case Action::upgrade:
      return "upgrade";
    case Action::downgrade:
      return "downgrade";
    case Action::reinstall:
      return "reinstall";
    case Action::remove:
      return "remove";
  }
  return "none";
}

/// Nothing that the administrator or dpkg protects goes without being asked for by name.
void require_allowed(const pkgCache::PkgIterator& package, Action action, const Names& names) {
  const auto wanted = std::find_if(names.install.begin(), names.install.end(),
                                   [&](const Wanted& w) { return w.package == package; });
  if (action == Action::remove) require_removable(package);
  const bool by_name = wanted != names.install.end() ? wanted->hold
                                                     : std::find(names.absent.begin(), names.absent.end(),
                                                                 package) != names.absent.end();
  if (package->SelectedState == pkgCache::State::Hold && !by_name) {
    throw Error(Code::conflict, format("cannot {} {}: it is on hold", text_of(action), name_of(package)),
                format("release it with `apt-mark unhold {}`, or let the step that names it say hold: true",
                       name_of(package)));
  }
  if (action == Action::downgrade && !names.moved.contains(name_of(package))) {
    throw Error(Code::conflict,
                format("cannot downgrade {}: no step asks for an older version", name_of(package)),
                "name the version in a step if it is wanted");
  }
}

/// "Debian:bookworm/non-free"; the site when a repository does not say who it is.
std::string origin_of(const pkgCache::VerIterator& version) {
  for (auto file = version.FileList(); !file.end(); ++file) {
    const auto source = file.File();
    if (source.Flagged(pkgCache::Flag::NotSource)) continue;
    const auto either = [](const char* first, const char* second) {
      return std::string(first != nullptr && *first != 0 ? first : second != nullptr ? second : "");
    };
    std::string text = either(source.Origin(), source.Site());
    const std::string suite = either(source.Codename(), source.Archive());
    if (!suite.empty()) text += ":" + suite;
    const std::string component = either(source.Component(), nullptr);
    return component.empty() ? text : text + "/" + component;
  }
  return {};
}

std::uint64_t download_bytes(const pkgCache::VerIterator& version, const Value& archives) {
  const std::string file = QuoteString(version.ParentPkg().Name(), "_:") + "_" +
                           QuoteString(version.VerStr(), "_:") + "_" + QuoteString(version.Arch(), "_:.") +
                           ".deb";
  const auto size = static_cast<std::uint64_t>(version->Size);
  return archives.get(file, std::int64_t{-1}) == static_cast<std::int64_t>(size) ? 0 : size;
}

Value changes_of(Universe& universe, const Names& names, const Value& archives) {
  Value::List changes;
  for (auto package = universe.cache().PkgBegin(); !package.end(); ++package) {
    pkgDepCache::StateCache& state = universe.marks()[package];
    const Action action = action_of(package, state);
    if (action == Action::none) continue;
    require_allowed(package, action, names);
    const pkgCache::VerIterator from = package.CurrentVer();
    const pkgCache::VerIterator to =
        action == Action::remove ? pkgCache::VerIterator() : state.InstVerIter(universe.cache());
    const bool requested = std::any_of(names.install.begin(), names.install.end(),
                                       [&](const Wanted& w) { return w.package == package; }) ||
                           std::find(names.absent.begin(), names.absent.end(), package) != names.absent.end();
    const auto size = [](const pkgCache::VerIterator& v) {
      return v.end() ? std::int64_t{0} : static_cast<std::int64_t>(v->InstalledSize);
    };
    changes.push_back(
        Value::map({{"action", text_of(action)},
                    {"name", package.Name()},
                    {"architecture", (to.end() ? from : to).Arch()},
                    {"from", from.end() ? "" : from.VerStr()},
                    {"to", to.end() ? "" : to.VerStr()},
                    {"requested", requested},
                    {"download_bytes", to.end() ? std::uint64_t{0} : download_bytes(to, archives)},
                    {"disk_bytes", size(to) - size(from)},
                    {"origin", to.end() ? "" : origin_of(to)},
                    {"from_origin", from.end() ? "" : origin_of(from)}}));
  }
  std::sort(changes.begin(), changes.end(), [](const Value& a, const Value& b) {
    const auto key = [](const Value& v) {
      return std::pair(v.at("name").as_string(), v.at("architecture").as_string());
    };
    return key(a) < key(b);
  });
  return Value::list(std::move(changes));
}

/// Names to put on hold: those asked for that are not held yet, or that will lose it by being changed.
std::set<std::string> names_to_hold(Universe& universe, const Names& names) {
  std::set<std::string> hold;
  for (const Wanted& wanted : names.install) {
    const bool stays = wanted.package->SelectedState == pkgCache::State::Hold &&
                       action_of(wanted.package, universe.marks()[wanted.package]) == Action::none;
    if (wanted.hold && !stays) hold.insert(name_of(wanted.package));
  }
  return hold;
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
