// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/apt/package.hpp>
#include <rigsetup/data/value.hpp>

namespace rigsetup::apt {

enum class Action { install, upgrade, downgrade, reinstall, remove };
std::string_view to_string(Action action);

/// One package that a transaction changes.
struct Change {
  Action action = Action::install;
  std::string name;
  std::string architecture;
  std::string from;                  ///< installed version; empty when new
  std::string to;                    ///< empty when removed
  bool requested = false;            ///< named by the recipe (and not only a dependency)
  std::uint64_t download_bytes = 0;  ///< 0 when the archive file is in apt's cache already
  std::int64_t disk_bytes = 0;       ///< growth of the installed size
  std::string origin;                ///< "Debian:bookworm/non-free"
  std::string from_origin = {};      ///< of the installed version, where a repository offers it
  bool automatic = false;            ///< marked as a dependency is, although the recipe names it
};

/// Packages that change together: resolved, exact, complete. What apply does is this, version by version.
struct Transaction {
  std::vector<std::string> steps;  ///< the ids of the package steps it serves
  std::vector<Change> changes;     ///< sorted by name
  std::vector<std::string> hold;   ///< names to put on hold afterwards
  bool empty() const { return changes.empty() && hold.empty(); }
  std::uint64_t download_bytes() const;
  std::int64_t disk_bytes() const;
};
Value to_value(const Transaction& transaction);
Transaction transaction_from(const Value& value);

/// What must be done before anything else because an earlier dpkg was interrupted.
struct Repair {
  std::vector<std::string> broken;  ///< a line for each package in a half state
  bool journal_left = false;
  bool needed() const { return !broken.empty() || journal_left; }
};

/// One stage of planning: what earlier steps will have brought, then requests that become one transaction.
struct Stage {
  std::vector<Source> sources;  ///< new since the stage before
  std::vector<std::pair<std::string, std::string>>
      preferences;  ///< path and content, new since the stage before
  std::vector<Request> requests;
};

}  // namespace rigsetup::apt
