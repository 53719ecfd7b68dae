// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/resolve/changes.hpp"

#include <algorithm>

#include <apt-pkg/strutl.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup::resolve {

namespace {

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
  const bool may_move =
      wanted != names.install.end() ? wanted->hold : names.own_holds.contains(name_of(package));
  if (package->SelectedState == pkgCache::State::Hold && !may_move) {
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

}  // namespace

void require_removable(const pkgCache::PkgIterator& package) {
  constexpr unsigned k_essential = pkgCache::Flag::Essential | pkgCache::Flag::Important;
  if ((package->Flags & k_essential) == 0) return;
  throw Error(Code::conflict, format("cannot remove {}: this system cannot be without it", name_of(package)));
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
    const bool wanted =
        std::ranges::any_of(names.install, [&](const Wanted& w) { return w.package == package; });
    // By the user's own word as soon as one step names it without `automatic`.
    const bool by_user = std::ranges::any_of(
        names.install, [&](const Wanted& w) { return w.package == package && !w.automatic; });
    const bool requested =
        wanted || std::find(names.absent.begin(), names.absent.end(), package) != names.absent.end();
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
                    {"from_origin", from.end() ? "" : origin_of(from)},
                    {"automatic", wanted && !by_user}}));
  }
  std::sort(changes.begin(), changes.end(), [](const Value& a, const Value& b) {
    const auto key = [](const Value& v) {
      return std::pair(v.at("name").as_string(), v.at("architecture").as_string());
    };
    return key(a) < key(b);
  });
  return Value::list(std::move(changes));
}

std::set<std::string> names_to_hold(Universe& universe, const Names& names) {
  std::set<std::string> hold;
  for (const Wanted& wanted : names.install) {
    const bool stays = wanted.package->SelectedState == pkgCache::State::Hold &&
                       action_of(wanted.package, universe.marks()[wanted.package]) == Action::none;
    if (wanted.hold && !stays) hold.insert(name_of(wanted.package));
  }
  return hold;
}

}  // namespace rigsetup::resolve
