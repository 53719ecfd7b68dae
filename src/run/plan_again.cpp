// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/plan_again.hpp"

#include <algorithm>
#include <map>

#include <rigsetup/base/format.hpp>

namespace rigsetup {
namespace {

/// Where each package goes; "" when it is removed.
std::map<std::string, std::string> targets_of(const Plan& plan) {
  std::map<std::string, std::string> targets;
  for (const apt::Transaction& transaction : plan.transactions) {
    for (const apt::Change& change : transaction.changes) {
      targets[change.name + ":" + change.architecture] = change.to;
    }
  }
  return targets;
}

std::string words(const std::string& version) { return version.empty() ? "absent" : version; }

}  // namespace

std::vector<std::string> differences(const Plan& before, const Plan& now) {
  const auto agreed = targets_of(before);
  std::vector<std::string> lines;
  for (const auto& [name, version] : targets_of(now)) {
    const auto known = agreed.find(name);
    if (known == agreed.end()) {
      lines.push_back(format("{}: {}, which was not in the plan", name, words(version)));
    } else if (known->second != version) {
      lines.push_back(format("{}: {} instead of {}", name, words(version), words(known->second)));
    }
  }
  return lines;
}

std::string missing_consent(const Plan& before, const Plan& now, const std::vector<std::string>& allowed) {
  for (const Consent& consent : now.consents) {
    const bool given =
        std::find(allowed.begin(), allowed.end(), consent.word) != allowed.end() ||
        std::find(before.consents.begin(), before.consents.end(), consent) != before.consents.end();
    if (!given) return consent.text;
  }
  return {};
}

PlannedAgain plan_again(const BuiltRecipe& recipe, const Plan& before,
                        const std::vector<std::string>& allowed, Settings settings,
                        const std::filesystem::path& folder, std::stop_token stop) {
  settings.lists_max_age = std::chrono::seconds(0);
  Target target(before.root, settings);
  SilentReporter silent;
  // Checks are decided by the run itself: it knows what it has proved.
  const LastCheck never = [](const Step&) { return Standing{}; };
  PlannedAgain again;
  again.plan = make_plan(recipe, {target.host, target.downloads(), target.archive(), never, folder, silent,
                                  stop, before.wish, before.leftovers});
  again.differences = differences(before, again.plan);
  again.needs_consent = missing_consent(before, again.plan, allowed);
  return again;
}

}  // namespace rigsetup
