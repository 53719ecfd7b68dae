// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/compat/load.hpp>
#include <rigsetup/diagnosis/caller.hpp>
#include <rigsetup/diagnosis/diagnosis.hpp>
#include <rigsetup/plan/planner.hpp>
#include <rigsetup/protocol/doctor.hpp>

#include "server/answers.hpp"
#include "server/recipes.hpp"

namespace rigsetup::server {
namespace {

using diagnosis::CallerSide;
using diagnosis::Cure;
using diagnosis::Diagnosis;
using diagnosis::Signs;

CallerSide caller_side(const protocol::DoctorRequest::Caller& said) {
  CallerSide caller;
  caller.visible_devices = said.visible_devices;
  for (const auto& folder : said.folders) caller.folders.push_back({folder.path, folder.libraries});
  caller.nvcc = said.nvcc;
  caller.nvcc_version = said.nvcc_version;
  caller.closed_devices = said.closed_devices;
  caller.python = said.python;
  caller.python_problem = said.python_problem;
  for (const auto& one : said.frameworks) {
    caller.frameworks.push_back(
        {one.name, one.version, one.cuda, one.architectures, one.error, one.sees_gpu});
  }
  return caller;
}

/// One thing that is not in the catalogue: a check or a run has said what it is.
Diagnosis told(std::string name, std::string what, const Fault& fault, std::string command) {
  Diagnosis one;
  one.name = std::move(name);
  one.what = std::move(what);
  one.why = fault.message;
  one.fix = fault.hint.empty() ? "see what it printed" : fault.hint;
  one.command = std::move(command);
  one.cure = Cure::command;
  return one;
}

bool is_known(const Fault& fault) {
  return std::ranges::any_of(split_lines(fault.message),
                             [](const auto& line) { return diagnosis::recognise(line) != nullptr; });
}

/// What the latest run failed of: text for the catalogue, and what that does not know is told as it is. Where
/// all is as wanted now, somebody has mended it since.
void add_latest_run(const Journal& journal, const Host& host, bool all_as_wanted, Signs& signs,
                    std::vector<Diagnosis>& told_by_others) {
  const auto run = journal.latest_of(host.files.root().string());
  if (!run) return;
  const auto state = journal.state(*run);
  const auto show = format("rigsetup show {}", *run);
  const auto add = [&](const Fault& fault, const std::string& where) {
    if (is_known(fault))
      signs.texts.push_back({where, fault.message});
    else
      told_by_others.push_back(told("run-failed", where + " has failed", fault, show));
  };
  for (const auto& step : state.steps) {
    if (step.outcome != Outcome::failed || all_as_wanted) continue;
    for (const auto& fault : step.faults) add(fault, format("run {}, step {}", *run, step.line.id));
  }
  if (state.outcome == RunOutcome::failed && !all_as_wanted) {
    for (const auto& fault : state.faults) add(fault, format("run {}", *run));
  }
  if (waits_for_reboot(state, host.clock.boot_id())) {
    Diagnosis one;
    one.name = "reboot-needed";
    one.what = format("run {} goes on after a reboot", *run);
    one.why = state.reboots.empty() ? "it said so" : state.reboots.back().why;
    one.fix = "reboot";
    one.command = "sudo systemctl reboot";
    one.cure = Cure::reboot;
    told_by_others.push_back(std::move(one));
  }
}

/// Only what files show; a step that they do not show is not known to be as wanted.
bool all_as_wanted(const BuiltRecipe& recipe, const Host& host, const Facts& facts, std::stop_token stop) {
  const auto inspections = inspect_steps(recipe, host, true, stop);
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    if (recipe.steps[i].check || !why_not_wanted(recipe.recipe.steps[i].when, facts).empty()) continue;
    if (!std::holds_alternative<AsWanted>(inspections[i])) return false;
  }
  return true;
}

bool asks_for_the_stack(const BuiltRecipe& recipe) {
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    const auto& kind = recipe.recipe.steps[i].kind;
    const bool of_the_stack = kind.starts_with("nvidia_") || kind == "cuda_toolkit" || kind == "cudnn";
    if (of_the_stack && !recipe.steps[i].check) return true;
  }
  return false;
}

/// Checks that failed when they were last run. Returns how many there are.
std::size_t add_checks(const BuiltRecipe& recipe, const Journal& journal, const std::string& root,
                       std::vector<Diagnosis>& told_by_others) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
    if (!recipe.steps[i].check) continue;
    ++count;
    const auto& step = recipe.recipe.steps[i];
    const auto result = journal.check_result(root, check_key(step));
    if (!result || result->outcome != Outcome::failed || result->faults.empty()) continue;
    auto one = told("check-failed", format("the check {} has failed", step.id), result->faults.front(),
                    format("sudo rigsetup check {}", step.id));
    one.evidence.push_back({"when", iso_time(result->time)});
    told_by_others.push_back(std::move(one));
  }
  return count;
}

std::vector<std::string> looked_at(const Signs& signs) {
  std::vector<std::string> lines;
  if (signs.facts.machine) {
    const auto cards = signs.cards().size();
    lines.push_back(cards == 0 ? "no NVIDIA GPU on the PCI bus"
                               : format("{} NVIDIA {} on the PCI bus", cards, cards == 1 ? "GPU" : "GPUs"));
    const auto& nvidia = signs.facts.machine->nvidia;
    if (nvidia) lines.push_back(format("the driver {}, which is loaded", nvidia->version));
    if (nvidia && !signs.facts.machine->nvml)
      lines.emplace_back("not at what the GPU says itself: it sleeps");
  }
  lines.push_back(
      format("{} packages of NVIDIA's, dpkg's state and apt's sources", signs.facts.nvidia.packages.size()));
  for (const auto& text : signs.texts) lines.push_back(text.where);
  return lines;
}

protocol::DoctorReply::Finding finding(const Diagnosis& one) {
  protocol::DoctorReply::Finding line;
  line.name = one.name;
  line.note = one.note;
  line.what = one.what;
  line.why = one.why;
  line.fix = one.fix;
  line.command = one.command;
  line.cure = to_string(one.cure);
  for (const auto& [what, seen] : one.evidence) line.evidence.push_back({what, printable(seen)});
  return line;
}

/// What programs and the kernel wrote is not for everybody.
void withhold(const std::vector<diagnosis::Text>& texts, protocol::DoctorReply& reply) {
  for (auto& one : reply.findings) {
    for (auto& proof : one.evidence) {
      if (std::ranges::find(texts, proof.what, &diagnosis::Text::where) != texts.end()) proof.seen.clear();
    }
  }
}

}  // namespace

Signs signs_of(const Host& host, const Settings& settings, Facts facts) {
  compat::Tables tables;
  if (facts.has_nvidia_gpu()) {  // for others they say nothing, and status is to be quick
    Complaints ignored;          // a table that cannot be read is told where it matters: by a plan
    tables = compat::load(compat::table_folders(settings.data, settings.tables), ignored);
  }
  return diagnosis::look_for_signs(host, std::move(facts), std::move(tables));
}

Reply answer_doctor(Backend& backend, const Request& request, std::stop_token stop) {
  protocol::DoctorRequest asked;
  if (!request.body.empty()) asked = protocol::DoctorRequest::from(request.json());
  const auto rig = request.parameter("rig");
  const Target target(root_for(request.parameter("root"), rig), backend.settings, rig);
  protocol::DoctorReply reply;
  reply.root = target.host.files.root().string();
  reply.rig = rig;
  auto facts = gather_facts(target.host);
  reply.os = facts.os_name;
  ask_awake_gpus(facts, target.host, stop);
  auto signs = signs_of(target.host, backend.settings, std::move(facts));
  signs.changing |= going_on(backend, reply.root).has_value();
  read_logs(target.host, signs);
  reply.looked_at = looked_at(signs);

  std::vector<Diagnosis> told_by_others;
  bool for_the_stack = false;
  bool as_wanted = false;
  if (const auto input = read_active_recipe(target.host.files)) {
    const auto understood = understand(*input, look_around(target.host, backend.settings));
    if (const auto* recipe = std::get_if<BuiltRecipe>(&understood)) {
      reply.recipe = recipe->recipe.name;
      for_the_stack = asks_for_the_stack(*recipe);
      as_wanted = all_as_wanted(*recipe, target.host, signs.facts, stop);
      const auto checks = add_checks(*recipe, backend.journal, reply.root, told_by_others);
      reply.looked_at.push_back(format("the latest results of {} checks", checks));
    }
  }
  add_latest_run(backend.journal, target.host, as_wanted, signs, told_by_others);
  auto found = diagnosis::diagnose(signs);
  if (asked.caller) {
    const auto theirs = diagnosis::judge(caller_side(*asked.caller), signs);
    found.insert(found.end(), theirs.begin(), theirs.end());
    const bool here = rig.empty() && request.parameter("root").empty();
    if (here) reply.looked_at.emplace_back("your environment");
    if (!asked.caller->python.empty()) reply.looked_at.push_back(printable(asked.caller->python));
  }
  found.insert(found.end(), told_by_others.begin(), told_by_others.end());
  std::ranges::stable_partition(found, [](const Diagnosis& one) { return !one.note; });
  for (const auto& one : found) {
    reply.findings.push_back(finding(one));
    const bool mended = for_the_stack ? one.cure == Cure::plan : one.any_plan;
    reply.findings.back().by_recipe = mended && !reply.recipe.empty();
  }
  if (!request.peer.trusted) withhold(signs.texts, reply);
  return json_reply(reply.to_value());
}

}  // namespace rigsetup::server
