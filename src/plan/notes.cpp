// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "plan/notes.hpp"

#include <algorithm>
#include <unordered_set>

#include <rigsetup/base/format.hpp>
#include <rigsetup/plan/space.hpp>

namespace rigsetup {
namespace {

/// Steps that are as wanted, and would not be any more.
void note_what_others_want(const BuiltRecipe& recipe, Plan& plan) {
  std::unordered_set<std::string> removed;
  for (const apt::Transaction& transaction : plan.transactions) {
    for (const apt::Change& change : transaction.changes) {
      if (change.action == apt::Action::remove) removed.insert(change.name);
    }
  }
  for (std::size_t i = 0; i < plan.steps.size() && !removed.empty(); ++i) {
    if (plan.steps[i].verdict != Verdict::as_wanted || !recipe.steps[i].resource) continue;
    const std::optional<apt::Request> request = recipe.steps[i].resource->packages();
    if (!request) continue;
    for (const PackageName& package : request->install) {
      if (!removed.contains(package.name)) continue;
      plan.notes.push_back(
          format("step {} wants {}, which this plan removes", plan.steps[i].id, package.name));
    }
  }
}

}  // namespace

void add_consents_of_steps(const BuiltRecipe& recipe, const Host& host, Plan& plan) {
  const std::vector<std::string>& given = recipe.recipe.policy.allow;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Verdict verdict = plan.steps[i].verdict;
    if (verdict != Verdict::change && verdict != Verdict::pending) continue;
    for (Consent& consent : recipe.steps[i].resource->consents(host)) {
      if (std::find(given.begin(), given.end(), consent.word) != given.end()) continue;
      plan.consents.push_back(std::move(consent));
    }
  }
}

void add_notes(const BuiltRecipe& recipe, const Tree& files, Plan& plan) {
  plan.notes.insert(plan.notes.end(), recipe.notes.begin(), recipe.notes.end());
  note_what_others_want(recipe, plan);
  const std::string no_space = why_no_space(plan, files);
  if (!no_space.empty()) plan.notes.push_back("not enough disk space: " + no_space);
}

}  // namespace rigsetup
