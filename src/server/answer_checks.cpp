// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/watched_host.hpp>
#include <rigsetup/plan/planner.hpp>

#include "server/answers.hpp"
#include "server/check_lines.hpp"
#include "server/recipes.hpp"

namespace rigsetup::server {
namespace {

void take(const Checked& checked, CheckResult& result) {
  result.evidence = checked.evidence;
  if (const auto* failed = std::get_if<Failed>(&checked.result)) {
    result.outcome = Outcome::failed;
    result.faults.push_back({Code::program, failed->cause, failed->hint});
  } else if (const auto* skipped = std::get_if<Skipped>(&checked.result)) {
    result.outcome = Outcome::skipped;
    result.reason = skipped->reason;
  } else if (const auto* deferred = std::get_if<Deferred>(&checked.result)) {
    result.outcome = Outcome::deferred;
    result.reason = deferred->reason;
  } else {
    result.outcome = Outcome::passed;
  }
}

/// Runs one check. What it throws is its failure: the other checks are still run.
void run_check(const Check& check, const Context& context, CheckResult& result) {
  try {
    take(check.check(context), result);
  } catch (const Error& error) {
    result.outcome = Outcome::failed;
    result.faults.push_back(fault_of(error));
  }
}

void require_check(const BuiltRecipe& recipe, const std::string& id) {
  std::vector<std::string> checks;
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    if (recipe.steps[i].check) checks.push_back(recipe.recipe.steps[i].id);
  }
  if (std::ranges::find(checks, id) != checks.end()) return;
  const auto near = suggestion(id, checks);
  throw Error(Code::not_found, format("cannot find a check {} in {}", printable(id), recipe.recipe.file),
              near ? format("did you mean {}?", *near) : "");
}

}  // namespace

Reply answer_checks(Backend& backend, const Request& request, std::stop_token stop) {
  const auto asked = protocol::RecipeRequest::from(request.json());
  if (!asked.rig.empty()) {
    throw Error(Code::invalid, "cannot run the checks of a described machine: nothing there can be tried");
  }
  const auto telling = backend.activities.begin(asked.token, request.peer);
  const auto root = canonical_root(asked.root);
  const auto input = recipe_of(backend, asked.recipe, root);
  telling->say(format("waiting for others who plan or check on {}", printable(root)));
  const auto turn = backend.turns.wait_for(root, stop);
  require_no_run(backend, root, "run the checks now");
  Target target(root, backend.settings);
  const auto understood = understand(input, look_around(target.host, backend.settings));
  if (const auto* problem = std::get_if<protocol::Problem>(&understood)) return problem_reply(*problem, 422);
  const auto& recipe = std::get<BuiltRecipe>(understood);
  if (!asked.step.empty()) require_check(recipe, asked.step);
  const auto facts = gather_facts(target.host);
  const ScratchFolder scratch(backend.settings);
  const auto apt_settings = backend.settings.apt();
  const WatchedHost watched(target.host, telling->when_busy());

  Value lines = Value::list();
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    const auto& step = recipe.recipe.steps[i];
    if (!recipe.steps[i].check || (!asked.step.empty() && asked.step != step.id)) continue;
    CheckResult result;
    result.root = root;
    result.key = check_key(step);
    result.step = step.id;
    if (auto why_not = why_not_wanted(step.when, facts); !why_not.empty()) {
      result.outcome = Outcome::skipped;
      result.reason = std::move(why_not);
    } else {
      telling->say(format("check {}: {}", step.id, recipe.steps[i].kind->title(step.fields)));
      const auto work = scratch.path() / step.id;
      std::filesystem::create_directory(work);
      run_check(*recipe.steps[i].check,
                {watched.host(), *telling, target.downloads(), target.archive(), apt_settings, work,
                 work / "log", stop},
                result);
    }
    result.time = target.host.clock.now();
    backend.journal.store_check(result);
    lines.push_back(check_line(step, result).to_value());
  }
  return json_reply(Value::map().set("checks", std::move(lines)));
}

}  // namespace rigsetup::server
