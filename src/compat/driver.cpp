// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/text.hpp>

#include "compat/context.hpp"

namespace rigsetup::compat {
namespace {

constexpr std::string_view k_open_by_default =
    "560";  // from this branch on, says NVIDIA; before it open was young

bool row_serves(const PackageRow& row, const std::string& branch, const std::string& modules,
                const std::string& use) {
  return row.modules == modules && (row.use.empty() || row.use == use) &&
         (row.first_branch.empty() || !older(branch, row.first_branch)) &&
         (row.last_branch.empty() || !older(row.last_branch, branch));
}

/// The newest version of the branch that the archive has, by the first of the driver's packages.
std::string offered_version(const Context& context, const Origin& origin, const PackageRow& row,
                            const std::string& branch) {
  const std::vector<std::string> names = expand(row.driver, {{"branch", branch}});
  return names.empty()
             ? std::string()
             : upstream(context.archive.newest(names.front(), origin.name, [&](std::string_view version) {
                 return within(version, branch);
               }));
}

/// Every branch in the tables, newest first.
std::vector<std::string> branches_newest_first(const Tables& tables) {
  std::vector<std::string> numbers;
  for (const auto& [number, row] : tables.branches) numbers.push_back(number);
  std::sort(numbers.begin(), numbers.end(), [](const auto& a, const auto& b) { return older(b, a); });
  return numbers;
}

/// How well a branch answers a word: the place of its type among those that the word means.
std::size_t rank(const Context& context, const BranchWord& word, const Candidate& candidate) {
  const DriverBranch& branch = context.tables.branches.at(candidate.branch);
  if (ended(context, branch.end_of_life)) return word.types.size();
  const auto place = std::find(word.types.begin(), word.types.end(), branch.type);
  return static_cast<std::size_t>(place - word.types.begin());
}

std::optional<Candidate> best_for_word(const Context& context, const BranchWord& word,
                                       const std::vector<Candidate>& fitting) {
  if (fitting.empty()) return std::nullopt;
  // What no table lists is driven by the newest branch at the earliest.
  if (word.any_other && context.first_with(ModuleRule::unlisted) != nullptr) return fitting.front();
  const auto best =
      std::min_element(fitting.begin(), fitting.end(), [&](const Candidate& a, const Candidate& b) {
        return rank(context, word, a) < rank(context, word, b);
      });
  if (rank(context, word, *best) == word.types.size() && !word.any_other) return std::nullopt;
  return *best;
}

}  // namespace

bool ended(const Context& context, const std::string& date) {
  const std::string& today = context.wishes.today;
  return !today.empty() && !date.empty() && today.substr(0, date.size()) > date;
}

BranchWish parse_branch_wish(const Context& context) {
  BranchWish wish;
  const std::string& asked = context.wishes.branch;
  if (const auto word = context.tables.words.find(asked); word != context.tables.words.end()) {
    wish.word = &word->second;
    return wish;
  }
  wish.branch = major_of(asked);
  if (wish.branch != asked) wish.version = asked;
  return wish;
}

std::string modules_for(const Context& context, std::string_view branch) {
  if (context.wishes.modules != "auto") return context.wishes.modules;
  if (context.first_with(ModuleRule::proprietary_only) != nullptr) return "proprietary";
  if (context.first_with(ModuleRule::open_only) != nullptr) return "open";
  return older(branch, k_open_by_default) ? "proprietary" : "open";
}

const PackageRow* row_for(const Context& context, const Origin& origin, const std::string& branch,
                          const std::string& modules) {
  if (origin.follows_on.contains(branch)) return nullptr;  // the names are there, and lead to another branch
  if (context.tables.branches.at(branch).type == "legacy") return nullptr;
  const std::string use = context.wishes.headless ? "headless" : "desktop";
  for (const PackageRow& row : origin.packages) {
    if (!row_serves(row, branch, modules, use)) continue;
    const bool listed =
        std::find(origin.branches.begin(), origin.branches.end(), branch) != origin.branches.end();
    if (context.archive.known() ? !offered_version(context, origin, row, branch).empty()
                                : row.basis.confirmed && listed) {
      return &row;
    }
  }
  return nullptr;
}

std::vector<const Origin*> origins_of(const Context& context) {
  std::vector<const Origin*> origins;
  for (const Origin& origin : context.platform.origins) {
    if (context.wishes.origin == "auto" || context.wishes.origin == origin.name) origins.push_back(&origin);
  }
  std::stable_partition(origins.begin(), origins.end(), [&](const Origin* origin) {
    return origin->name == context.wishes.installed_origin;
  });
  return origins;
}

std::vector<Candidate> candidates(const Context& context, const Origin& origin) {
  std::vector<Candidate> found;
  for (const std::string& branch : branches_newest_first(context.tables)) {
    const std::string modules = modules_for(context, branch);
    const PackageRow* row = row_for(context, origin, branch, modules);
    if (row == nullptr) continue;
    std::string version = offered_version(context, origin, *row, branch);
    if (version.empty()) version = context.tables.branches.at(branch).last_seen;
    found.push_back({&origin, branch, modules, row, version.empty() ? branch : version});
  }
  return found;
}

bool drives(const Context& context, const Candidate& candidate, const std::string& minimum_driver) {
  const auto& [first, last] = std::pair(context.first_branch.value, context.last_branch.value);
  return (first.empty() || !older(candidate.branch, first)) &&
         (last.empty() || !older(last, candidate.branch)) &&
         (minimum_driver.empty() || !older(candidate.version, minimum_driver));
}

std::optional<Candidate> pick_driver(const Context& context, const BranchWish& wish,
                                     const std::string& minimum_driver) {
  for (const Origin* origin : origins_of(context)) {
    std::vector<Candidate> fitting = candidates(context, *origin);
    std::erase_if(fitting, [&](const Candidate& candidate) {
      return !drives(context, candidate, wish.word != nullptr ? minimum_driver : "");
    });
    if (wish.word != nullptr) {
      if (auto best = best_for_word(context, *wish.word, fitting)) return best;
      continue;
    }
    for (Candidate& candidate : fitting) {
      if (candidate.branch != wish.branch) continue;
      if (wish.version.empty()) return candidate;
      const std::vector<std::string> names = expand(candidate.row->driver, {{"branch", candidate.branch}});
      const bool there = !context.archive.known() || !context.archive
                                                          .newest(names.front(), origin->name,
                                                                  [&](std::string_view version) {
                                                                    return upstream(version) == wish.version;
                                                                  })
                                                          .empty();
      if (!there) continue;
      candidate.version = wish.version;
      return candidate;
    }
  }
  return std::nullopt;
}

}  // namespace rigsetup::compat
