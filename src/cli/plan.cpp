// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <optional>

#include <unistd.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/consent.hpp"
#include "cli/follow.hpp"
#include "cli/output_file.hpp"
#include "cli/plan_view.hpp"
#include "cli/recipe_file.hpp"
#include "cli/recipe_request.hpp"
#include "cli/saved_plan.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

namespace rigsetup::cli {
namespace {

constexpr std::string_view k_reply = "the reply of rigsetupd";

struct Planned {
  protocol::RecipeRequest request;
  protocol::PlanReply plan;
  std::string body;
};

Planned ask_for_plan(const Session& session, protocol::RecipeRequest request) {
  Planned planned;
  planned.request = std::move(request);
  planned.request.token = random_token();
  planned.body = session.post("/v1/plans", planned.request.to_value(), "planning", planned.request.token);
  planned.plan = protocol::PlanReply::from(parse_json(planned.body, k_reply));
  return planned;
}

Planned plan_of_recipe(const Session& session, protocol::RecipeRef recipe) {
  auto request = request_for(session, std::move(recipe));
  request.step = session.options.step;
  request.once = session.options.once;
  request.prune = session.options.prune;
  return ask_for_plan(session, std::move(request));
}

/// What was asked for when the plan was saved is asked again; it must come to the same.
Planned plan_again(const Session& session, const SavedPlan& saved) {
  const Options& asked = session.options;
  if (!asked.root.empty() || !asked.rig.empty() || !asked.step.empty() || asked.once || asked.prune) {
    throw Error(Code::invalid,
                "cannot change a saved plan: --root, --rig, --only, --once and --prune are part of it",
                "plan again with them");
  }
  Planned planned = ask_for_plan(session, saved.request);
  if (planned.plan.digest == saved.plan.digest) return planned;
  const std::vector<std::string> moved = what_moved(saved.plan, planned.plan);
  throw Error(Code::conflict,
              format("cannot apply the plan of {}: what it would do is not what was agreed to\n  {}",
                     saved.made, moved.empty() ? "the recipe is another" : join(moved, "\n  ")),
              "plan again, and look at what is new");
}

Planned make_plan(const Session& session) {
  const std::string& word = session.options.operand(0);
  protocol::RecipeRef recipe = named_or_active(word);
  if (const auto saved = saved_plan_from(recipe.text, word)) return plan_again(session, *saved);
  return plan_of_recipe(session, std::move(recipe));
}

void show_plan(const Session& session, const protocol::PlanReply& plan) {
  const std::string where = plan.root == "/" ? "" : "?root=" + url_encoded(plan.root);
  const Value facts = parse_json(session.daemon.get("/v1/facts" + where), k_reply);
  const Value* os = facts.find("os");
  say(plan_text(plan, os == nullptr ? "" : os->get("name", ""), session.screen));
}

/// A machine that is only described cannot be changed.
bool is_described(const protocol::PlanReply& plan) { return !plan.rig.empty() && plan.rig == plan.root; }

/// The command that makes this plan true, with these options first.
std::string apply_command(const Session& session, std::vector<std::string> options = {}) {
  std::vector<std::string> words = std::move(options);
  words.insert(words.begin(), "apply");
  if (!session.options.operand(0).empty()) words.push_back(session.options.operand(0));
  if (!session.options.step.empty()) words.insert(words.end(), {"--only", session.options.step});
  if (session.options.once) words.emplace_back("--once");
  if (session.options.prune) words.emplace_back("--prune");
  return session.command(words);
}

std::string save_plan(const Session& session, const Planned& planned) {
  const SavedPlan saved{iso_time(std::chrono::system_clock::now()), planned.request, planned.plan};
  write_file(session.options.out, text_of(saved), 0600, true);  // it holds the files of the recipe
  return session.command({"apply", session.options.out}, false);
}

}  // namespace

int plan(Session& session) {
  const Planned planned = make_plan(session);
  const std::string next = session.options.out.empty() ? apply_command(session) : save_plan(session, planned);
  if (session.options.json) {
    say_json(planned.body);
  } else {
    show_plan(session, planned.plan);
    if (!session.options.out.empty()) say(format("\nSaved in {}.\n", printable(session.options.out)));
    if (!planned.plan.empty && !is_described(planned.plan)) say("\nNext: " + next + "\n");
  }
  return changes_needed(planned.plan) ? protocol::k_exit_changes_needed : protocol::k_exit_as_wanted;
}

int apply(Session& session) {
  const auto [request, plan, body] = make_plan(session);
  if (session.options.json)
    say_json(to_json(Value::map({{"plan", parse_json(body, k_reply)}})));
  else
    show_plan(session, plan);
  if (plan.empty) {
    if (!session.options.json) say("\nNext: " + session.command({"status"}) + "\n");
    return protocol::k_exit_as_wanted;
  }
  const auto agreed = consent_to(session, plan, [&](std::vector<std::string> options) {
    return apply_command(session, std::move(options));
  });
  if (!agreed) {
    say("Nothing was changed.\n");
    return protocol::k_exit_usage;
  }
  if (!session.options.json)
    say("\n");  // before it starts: from then on a closed output must be said to detach
  const std::string started = session.post(
      "/v1/runs", protocol::RunRequest{plan.id, plan.digest, false, *agreed}.to_value(), "starting");
  const std::int64_t run = protocol::RunReply::from(parse_json(started, k_reply)).run;
  if (!session.options.detach) return follow(session, run, session.options.operand(0));
  if (session.options.json)
    say_json(started);
  else
    say(format("Run {} was started. To follow it: {}\n", run,
               session.command({"watch", std::to_string(run)}, false)));
  return protocol::k_exit_as_wanted;
}

}  // namespace rigsetup::cli
