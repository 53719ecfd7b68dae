// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// The archive that the target gets its own packages from, as its apt configuration names it.
struct DistributionArchive {
  std::vector<std::string> uris;
  std::vector<std::string> suites;
  /// Path of its keyring; empty when its entry names none. apt refuses two entries for one suite that differ
  /// in this.
  std::string signed_by;
};

/// The first entry for one of `suites`, in apt's order of files. Without suites it is the first entry for the
/// codename of the target's os-release, with the suites of it and of its -updates that are configured there.
/// `not_from` is a file of sources.list.d that is not looked into: the one that is to be written from the
/// answer.
std::optional<DistributionArchive> find_distribution_archive(const Tree& tree,
                                                             const std::vector<std::string>& suites,
                                                             const std::string& not_from);

}  // namespace rigsetup
