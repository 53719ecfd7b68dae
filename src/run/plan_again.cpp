// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/plan_again.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

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

std::vector<std::string> different_steps(const Plan& before, const Plan& now) {
  if (before.steps.empty() && !now.steps.empty()) return {"the steps of the plan before cannot be read"};
  std::vector<std::string> lines;
  for (const PlanStep& step : now.steps) {
    const PlanStep* known = before.find(step.id);
    if (!known) {
      lines.push_back(format("step {}: {}, which was not in the plan", step.id, step.title));
    } else if (known->kind != step.kind || known->title != step.title) {
      lines.push_back(format("step {}: {} instead of {}", step.id, step.title, known->title));
    }
  }
  for (const PlanStep& step : before.steps) {
    if (!now.find(step.id)) lines.push_back(format("no step {}: {}", step.id, step.title));
  }
  return lines;
}

}  // namespace

std::vector<std::string> differences(const Plan& before, const Plan& now) {
  std::vector<std::string> lines = different_steps(before, now);
  const auto agreed = targets_of(before);
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

std::vector<Consent> missing_consents(const Plan& before, const Plan& now,
                                      const std::vector<Consent>& agreed) {
  const auto is_in = [](const std::vector<Consent>& consents, const Consent& consent) {
    return std::ranges::find(consents, consent) != consents.end();
  };
  std::vector<Consent> missing;
  for (const Consent& consent : now.consents) {
    if (!is_in(before.consents, consent) && !is_in(agreed, consent)) missing.push_back(consent);
  }
  return missing;
}

RunFinished waiting_for(const std::vector<Consent>& missing, std::int64_t run) {
  RunFinished finished{RunOutcome::waiting, {}, missing};
  std::vector<std::string> words;
  std::vector<std::string> texts;  // all of them: who agrees has to know to what
  std::string command = format("rigsetup resume {}", run);
  for (const Consent& consent : missing) {
    texts.push_back(consent.text);
    if (std::find(words.begin(), words.end(), consent.word) != words.end()) continue;
    words.push_back(consent.word);
    command += " --allow-" + consent.word;
  }
  finished.faults = {
      {Code::consent,
       format("cannot go on with run {} unasked: its plan cannot be followed any more, and what "
              "would be done now {}",
              run, join(texts, "; ")),
       "to agree to that: " + command}};
  return finished;
}

PlannedAgain plan_again(const RecipeInput& input, const Plan& before, const std::vector<Consent>& agreed,
                        Settings settings, const std::filesystem::path& folder, Reporter& reporter,
                        std::stop_token stop) {
  settings.lists_max_age = std::chrono::seconds(0);
  Target target(before.root, settings, before.rig);
  // Checks are decided by the run itself: it knows what it has proved.
  const LastCheck never = [](const Step&) { return Standing{}; };
  Complaints complaints;
  const Asking asking{target.downloads(), target.archive(), folder, reporter, stop};
  BuiltRecipe recipe = read_recipe(input, look_around(target.host, settings, asking), complaints);
  if (!complaints.empty()) throw Error(Code::invalid, "cannot use the recipe: " + complaints.front().text());
  complete(recipe, before.wish, before.leftovers);
  PlannedAgain again;
  again.plan = make_plan(recipe, {target.host, target.downloads(), target.archive(), never, folder, reporter,
                                  stop, before.wish, before.leftovers});
  again.differences = differences(before, again.plan);
  again.missing = missing_consents(before, again.plan, agreed);
  again.recipe = std::make_shared<const BuiltRecipe>(std::move(recipe));
  return again;
}

}  // namespace rigsetup
