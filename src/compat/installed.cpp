// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include "compat/context.hpp"

namespace rigsetup::compat {
namespace {

const Offer* find(const std::vector<Offer>& packages, const std::string& name, const std::string& origin) {
  const auto found = std::find_if(packages.begin(), packages.end(), [&](const Offer& offer) {
    return offer.package == name && offer.origin == origin;
  });
  return found != packages.end() ? &*found : nullptr;
}

bool has_all(const std::vector<Offer>& packages, const std::vector<std::string>& names,
             const std::string& origin) {
  return !names.empty() && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return find(packages, name, origin) != nullptr;
  });
}

/// Are there modules of the distribution's own for any kernel? Their names end in the kernel's.
bool has_signed_modules(const std::vector<Offer>& packages, const PackageRow& row,
                        const std::string& branch) {
  for (const std::string& begin : expand(row.signed_modules, {{"branch", branch}, {"kernel", ""}})) {
    if (std::any_of(packages.begin(), packages.end(),
                    [&](const Offer& offer) { return offer.package.starts_with(begin); })) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<InstalledDriver> installed_driver(const Tables& tables, const std::string& platform,
                                                const std::vector<Offer>& packages) {
  const auto known = tables.platforms.find(platform);
  if (known == tables.platforms.end()) return std::nullopt;
  for (const Origin& origin : known->second.origins) {
    for (const PackageRow& row : origin.packages) {
      for (const auto& [branch, unused] : tables.branches) {
        const std::vector<std::string> names = expand(row.driver, {{"branch", branch}});
        if (!has_all(packages, names, origin.name)) continue;
        const std::string version = upstream(find(packages, names.front(), origin.name)->version);
        if (major_of(version) != branch) continue;  // the name is of another branch, or of none
        const bool dkms = has_all(packages, expand(row.dkms, {{"branch", branch}}), origin.name) &&
                          !has_signed_modules(packages, row, branch);
        return InstalledDriver{version, branch, origin.name, row.modules, row.use, dkms, names};
      }
    }
  }
  return std::nullopt;
}

bool is_within(const InstalledDriver& driver, const Tables& tables, const Wishes& wishes) {
  if (wishes.modules != "auto" && wishes.modules != driver.modules) return false;
  if (wishes.origin != "auto" && wishes.origin != driver.origin) return false;
  const auto word = tables.words.find(wishes.branch);
  if (word == tables.words.end()) return within(driver.version, wishes.branch);
  const std::string& type = tables.branches.at(driver.branch).type;
  const std::vector<std::string>& types = word->second.types;
  return word->second.any_other || std::find(types.begin(), types.end(), type) != types.end();
}

}  // namespace rigsetup::compat
