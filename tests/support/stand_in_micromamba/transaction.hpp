// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/stand_in_micromamba/solve.hpp"

namespace stand_in {

/// What is to be done to a prefix, in this order.
struct Transaction {
  std::filesystem::path prefix;
  std::filesystem::path cache;                     ///< the first folder, which alone is written to
  std::vector<std::filesystem::path> more_caches;  ///< archives are taken from these, too
  std::vector<Package> fetch, unlink, link;
  std::vector<std::string> asked;  ///< specs, for requested_spec and the history
  std::string command;
  bool offline = false;
};

/// Called before each package, for tests that want it to end there: "fetch" or "link", and the how manieth.
using Hook = std::function<void(const std::string& phase, int number)>;

Packages installed_in(const std::filesystem::path& prefix);
/// Whether a cache has the package whole, as archive or unpacked.
bool is_cached(const Package& package, const Transaction& transaction);
void fetch_all(const Transaction& transaction, const Hook& hook);  ///< throws Critical
void carry_out(const Transaction& transaction, const Hook& hook);

}  // namespace stand_in
