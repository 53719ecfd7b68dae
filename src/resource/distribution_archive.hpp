// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// Where the target gets its own packages from, as its apt configuration names it.
struct DistributionArchive {
  std::vector<std::string> uris;
  std::vector<std::string> suites;
  /// Path of its keyring; empty when its entry names none. apt refuses two entries for one suite that differ
  /// in this.
  std::string signed_by;
};

/// The places of `suites`: for each its first entry, in apt's order of files, and one that is at the first
/// place before others. A suite that is not configured is looked for at the first place. Without suites they
/// are the codename of the target's os-release, its -updates and its -security, as far as they are
/// configured. Empty when there is none. `not_from` is a file of sources.list.d that is not looked into: the
/// one that is to be written from the answer.
std::vector<DistributionArchive> find_distribution_archives(const Tree& tree,
                                                            const std::vector<std::string>& suites,
                                                            const std::string& not_from);

}  // namespace rigsetup
