// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <optional>
#include <unordered_set>

#include <rigsetup/base/format.hpp>
#include <rigsetup/plan/plan.hpp>

namespace rigsetup {
namespace {

/// "Debian" of "Debian:bookworm/main"
std::string vendor(const std::string& origin) { return origin.substr(0, origin.find(':')); }

/// What of this change the recipe does not say.
std::optional<Consent> consent_to(const apt::Change& change, bool pruned) {
  using apt::Action;
  if (change.action == Action::remove) {
    if (change.requested || pruned) return std::nullopt;
    return Consent{"remove", format("would remove {} {}, which no step asks for", change.name, change.from)};
  }
  const bool moves = !change.from_origin.empty() && vendor(change.from_origin) != vendor(change.origin);
  if (change.action == Action::downgrade && !moves) {
    return Consent{"downgrade",
                   format("would go back from {} {} to {}", change.name, change.from, change.to)};
  }
  if (!moves) return std::nullopt;
  return Consent{"replace", format("would replace {} {} of {} by {} of {}", change.name, change.from,
                                   change.from_origin, change.to, change.origin)};
}

}  // namespace

std::vector<Consent> consents_of(const Plan& plan, const Policy& policy) {
  std::unordered_set<std::string> pruned;
  if (plan.wish.prune) {
    for (const Thing& thing : plan.leftovers) pruned.insert(thing.name);
  }
  std::vector<Consent> consents;
  for (const apt::Transaction& transaction : plan.transactions) {
    for (const apt::Change& change : transaction.changes) {
      auto consent = consent_to(change, pruned.contains(change.name));
      if (!consent || std::ranges::find(policy.allow, consent->word) != policy.allow.end()) continue;
      consents.push_back(std::move(*consent));
    }
  }
  return consents;
}

}  // namespace rigsetup
