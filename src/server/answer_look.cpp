// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/compat/load.hpp>
#include <rigsetup/diagnosis/diagnosis.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/plan/planner.hpp>

#include "server/answers.hpp"
#include "server/check_lines.hpp"
#include "server/recipes.hpp"

namespace rigsetup::server {
namespace {

void describe(const Inspection& inspection, protocol::StatusReply::Step& step) {
  if (const auto* wanted = std::get_if<AsWanted>(&inspection)) {
    step.state = "as-wanted";
    step.have = wanted->have;
  } else if (const auto* differs = std::get_if<Differs>(&inspection)) {
    step.state = "differs";
    step.have = differs->have;
    step.want = differs->want;
  } else if (const auto* pending = std::get_if<Pending>(&inspection)) {
    step.state = "pending";
    step.reason = pending->why;
  } else {
    step.state = "unknown";
    step.reason = std::get<Unknown>(inspection).why;
  }
}

void add_steps(const BuiltRecipe& recipe, const Target& target, const Facts& facts, const Journal& journal,
               protocol::StatusReply& status, std::stop_token stop) {
  const auto inspections = inspect_steps(recipe, target.host, true, stop);
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    const auto& step = recipe.recipe.steps[i];
    const auto& kind = *recipe.steps[i].kind;
    if (kind.sort == Sort::check) {
      status.checks.push_back(check_line(step, journal.check_result(status.root, check_key(step))));
      continue;
    }
    auto& line = status.steps.emplace_back();
    line.id = step.id;
    line.kind = step.kind;
    line.title = recipe.steps[i].title;
    if (const auto why_not = why_not_wanted(step.when, facts); !why_not.empty()) {
      line.state = "skipped";
      line.reason = why_not;
    } else {
      describe(inspections[i], line);
    }
  }
}

void add_latest_run(const Journal& journal, const Host& host, protocol::StatusReply& status) {
  const auto run = journal.latest_of(status.root);
  if (!run) return;
  const auto state = journal.state(*run);
  status.run = *run;
  status.outcome = to_string(state.outcome);
  if (state.ended_already()) status.ended = iso_time(state.ended);
  status.reboot_required |= waits_for_reboot(state, host.clock.boot_id());
  if (state.faults.empty()) return;
  status.run_problem = state.faults.front().message;
  status.run_hint = state.faults.front().hint;
}

/// What the active recipe wants, and how that is. One that is not valid is no reason to say nothing at all.
void add_active_recipe(const Target& target, const Settings& settings, const Facts& facts,
                       const Journal& journal, protocol::StatusReply& status, std::stop_token stop) {
  const auto input = read_active_recipe(target.host.files);
  if (!input) return;
  status.recipe_file = input->file;
  const auto understood = understand(*input, look_around(target.host, settings));
  if (const auto* problem = std::get_if<protocol::Problem>(&understood)) {
    status.problem = problem->message;
    status.hint = format("rigsetup validate {}", input->file);
    return;
  }
  const auto& recipe = std::get<BuiltRecipe>(understood);
  status.recipe = recipe.recipe.name;
  add_steps(recipe, target, facts, journal, status, stop);
}

}  // namespace

Reply answer_version(Backend&, const Request&, std::stop_token) {
  protocol::VersionReply version;
  version.version = RIGSETUP_VERSION;
  version.pid = getpid();
  return json_reply(version.to_value());
}

Reply answer_status(Backend& backend, const Request& request, std::stop_token stop) {
  protocol::StatusReply status;
  status.version = RIGSETUP_VERSION;
  status.root = canonical_root(request.parameter("root"));
  status.running = going_on(backend).value_or(0);
  const Target target(status.root, backend.settings);
  const auto facts = gather_facts(target.host);
  status.os = facts.os_name;
  const auto repair = apt::find_repair(target.host.files);
  status.repair = repair.broken;
  if (repair.journal_left) status.repair.emplace_back("dpkg was interrupted in the middle of a change");
  status.reboot_required = target.host.files.info("/run/reboot-required").has_value();
  add_latest_run(backend.journal, target.host, status);
  auto signs = signs_of(target.host, backend.settings, facts);
  signs.changing |= going_on(backend, status.root).has_value();
  const auto found = diagnosis::diagnose(signs);
  if (!found.empty() && !found.front().note) status.trouble = found.front().what;
  add_active_recipe(target, backend.settings, facts, backend.journal, status, stop);
  if (!request.peer.trusted) {
    for (auto& check : status.checks) check.evidence.clear();  // what programs printed
  }
  return json_reply(status.to_value());
}

Reply answer_facts(Backend& backend, const Request& request, std::stop_token stop) {
  const auto rig = request.parameter("rig");
  const Target target(root_for(request.parameter("root"), rig), backend.settings, rig);
  auto facts = gather_facts(target.host);
  ask_awake_gpus(facts, target.host, stop);
  Complaints ignored;  // a table that cannot be read is told where it matters: by a plan
  const auto& settings = backend.settings;
  if (facts.machine) {
    name_gpus(compat::load(compat::table_folders(settings.data, settings.tables), ignored),
              facts.machine->gpus);
  }
  return json_reply(to_value(facts));
}

Reply answer_kinds(Backend&, const Request&, std::stop_token) {
  Value kinds = Value::list();
  for (const auto* kind : catalog()) kinds.push_back(to_value(*kind));
  return json_reply(Value::map().set("kinds", std::move(kinds)));
}

Reply answer_kind(Backend&, const Request& request, std::stop_token) {
  const auto& name = request.captures.at("name");
  if (const auto* kind = find_kind(name)) return json_reply(to_value(*kind));
  std::vector<std::string> names;
  for (const auto* kind : catalog()) names.emplace_back(kind->name);
  const auto near = suggestion(name, names);
  throw Error(Code::not_found, format("cannot find a kind {}", printable(name)),
              near ? format("did you mean {}?", *near) : "`rigsetup kinds` lists them");
}

}  // namespace rigsetup::server
