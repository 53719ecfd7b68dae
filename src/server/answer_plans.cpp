// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/plan/planner.hpp>

#include "server/answers.hpp"
#include "server/recipes.hpp"

namespace rigsetup::server {
namespace {

protocol::PlanReply::Change travelling(const apt::Change& change) {
  return {std::string(to_string(change.action)),
          change.name,
          change.from,
          change.to,
          change.origin,
          change.requested,
          static_cast<std::int64_t>(change.download_bytes),
          change.disk_bytes};
}

protocol::PlanReply travelling(const RememberedPlan& remembered) {
  const auto& plan = remembered.plan;
  protocol::PlanReply reply;
  reply.id = remembered.id;
  reply.digest = remembered.digest;
  reply.recipe = plan.recipe;
  reply.root = plan.root;
  reply.empty = plan.empty();
  reply.repair = plan.repair.broken;
  if (plan.repair.journal_left) reply.repair.emplace_back("dpkg was interrupted in the middle of a change");
  for (const auto& step : plan.steps) {
    reply.steps.push_back({step.id, step.kind, step.title, std::string(to_string(step.verdict)), step.have,
                           step.want, step.reason, step.transaction});
  }
  for (const auto& transaction : plan.transactions) {
    auto& line = reply.transactions.emplace_back();
    line.steps = transaction.steps;
    line.hold = transaction.hold;
    for (const auto& change : transaction.changes) line.changes.push_back(travelling(change));
    line.download_bytes = static_cast<std::int64_t>(transaction.download_bytes());
    line.disk_bytes = transaction.disk_bytes();
  }
  reply.prune = plan.wish.prune;
  for (const auto& thing : plan.leftovers) {
    if (const auto* kind = find_kind_of_thing(thing.kind); kind && !thing.along)
      reply.leftovers.push_back({thing.kind, std::string(kind->noun), thing.name});
  }
  for (const auto& consent : plan.consents) reply.consents.push_back({consent.word, consent.text});
  reply.notes = plan.notes;
  reply.download_bytes = static_cast<std::int64_t>(plan.download_bytes());
  reply.disk_bytes = plan.disk_bytes();
  reply.free_bytes = static_cast<std::int64_t>(plan.free_bytes);
  reply.rig = plan.rig;
  return reply;
}

/// A recipe of the caller's can run programs and read files while it is only being planned. One that is
/// shipped or active was chosen by root.
void require_right_to_plan(const Request& request, const protocol::RecipeRequest& asked) {
  if (asked.recipe.travels()) require_trusted(request.peer, "plan a recipe of your own");
  // What a recipe needs from the network is refused to strangers further down.
  if (!asked.root.empty()) require_trusted(request.peer, "plan for another root");
  if (!asked.rig.empty()) require_trusted(request.peer, "plan for a described machine");
}

/// For callers who may not make the daemon use the network.
class NoDownloads final : public Downloads {
 public:
  void fetch(const Download& download, const Watcher&, std::stop_token) override {
    throw Error(Code::denied,
                format("cannot fetch {}: you may not make rigsetupd use the network", download.url),
                "use sudo");
  }
};

/// What the recipe does not name any more. What somebody else took away is forgotten: should it ever come
/// again, it will not have been rigsetup that made it.
std::vector<Thing> leftovers_on(Journal& journal, const std::string& root, const BuiltRecipe& recipe,
                                const Host& host, std::stop_token stop) {
  std::vector<Thing> owned;
  for (const auto& one : journal.owned(root)) owned.push_back(one.thing);
  auto leftovers = find_leftovers(recipe, owned, host, stop);
  for (const auto& thing : leftovers.gone) journal.disown(root, thing);
  return std::move(leftovers.there);
}

LastCheck last_check(const Journal& journal, const std::string& root) {
  return [&journal, root](const Step& step) -> Standing {
    const auto result = journal.check_result(root, check_key(step));
    if (!result) return {false, "it was never run"};
    if (result->outcome == Outcome::failed) return {false, "it failed when it was run last"};
    return {true, format("{} {}{}{}", to_string(result->outcome), iso_time(result->time),
                         result->reason.empty() ? "" : ": ", result->reason)};
  };
}

}  // namespace

Reply answer_make_plan(Backend& backend, const Request& request, std::stop_token stop) {
  const auto asked = protocol::RecipeRequest::from(request.json());
  require_right_to_plan(request, asked);
  const auto telling = backend.activities.begin(asked.token, request.peer);
  const auto root = root_for(asked.root, asked.rig);
  auto input = recipe_of(backend, asked.recipe, root);
  telling->say(format("waiting for others who plan or check on {}", printable(root)));
  const auto turn = backend.turns.wait_for(root, stop);
  require_no_run(backend, root, "plan now");
  auto settings = backend.settings;
  settings.may_fetch = request.peer.trusted;
  Target target(root, settings, asked.rig);
  NoDownloads none;
  Downloads& downloads = request.peer.trusted ? static_cast<Downloads&>(target.downloads()) : none;
  const ScratchFolder scratch(backend.settings);
  const Asking asking{downloads, target.archive(), scratch.path(), *telling, stop};
  auto understood = understand(input, look_around(target.host, settings, asking));
  if (auto* problem = std::get_if<protocol::Problem>(&understood)) {
    if (!request.peer.trusted) problem->complaints.clear();  // they quote a file that not everybody may read
    return problem_reply(*problem, 422);
  }
  auto& recipe = std::get<BuiltRecipe>(understood);
  const Wish wish{!asked.once, asked.prune, asked.step};
  auto leftovers = leftovers_on(backend.journal, root, recipe, target.host, stop);
  complete(recipe, wish, leftovers);
  auto plan = make_plan(recipe, {target.host, downloads, target.archive(), last_check(backend.journal, root),
                                 scratch.path(), *telling, stop, wish, std::move(leftovers)});
  return json_reply(
      travelling(*backend.plans.remember(std::move(plan), std::move(input), request.peer)).to_value());
}

Reply answer_activity(Backend& backend, const Request& request, std::stop_token) {
  return json_reply(to_value(backend.activities.find(request.captures.at("token"), request.peer)));
}

Reply answer_plan(Backend& backend, const Request& request, std::stop_token) {
  return json_reply(travelling(*backend.plans.find(request.captures.at("id"), request.peer)).to_value());
}

}  // namespace rigsetup::server
