// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/units.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <rigsetup/base/format.hpp>

namespace rigsetup {
namespace {

bool is_of(const PlanStep& line, const Step& step, const BuiltStep& built) {
  if (line.id != step.id || line.kind != step.kind || line.title != built.title) return false;
  if (line.content != content_of(step)) return false;
  switch (line.verdict) {
    case Verdict::as_wanted:
    case Verdict::skip:
      return true;
    case Verdict::check:
      return built.check != nullptr;
    case Verdict::change:
    case Verdict::pending:
      return built.resource != nullptr;
  }
  return false;
}

void require_fit(const BuiltRecipe& recipe, const Plan& plan) {
  if (fits(recipe, plan)) return;
  throw Error(Code::conflict,
              format("cannot run the plan: it is not one of the recipe {}", recipe.recipe.name),
              "plan again");
}

/// Of a plan that fits.
std::vector<std::vector<std::size_t>> edges_of(const Plan& plan) {
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) index[plan.steps[i].id] = i;
  std::vector<std::vector<std::size_t>> edges;
  for (const PlanStep& step : plan.steps) {
    std::vector<std::size_t>& needs = edges.emplace_back();
    for (const std::string& need : step.needs) {
      needs.push_back(index.at(need));
    }
  }
  return edges;
}

Schedule::Claim claim_of(const BuiltStep& built, const PlanStep& step) {
  if (step.transaction >= 0) return Schedule::Claim::exclusive;
  // Packages outside a transaction are only looked at.
  if (step.verdict == Verdict::skip || (built.resource && built.resource->packages()))
    return Schedule::Claim::none;
  switch (built.kind->hold) {
    case Hold::none:
      return Schedule::Claim::none;
    case Hold::dpkg_shared:
      return Schedule::Claim::shared;
    case Hold::dpkg:
      return Schedule::Claim::exclusive;
  }
  return Schedule::Claim::exclusive;
}

void add_once(std::vector<std::size_t>& indices, std::size_t index) {
  if (std::find(indices.begin(), indices.end(), index) == indices.end()) indices.push_back(index);
}

}  // namespace

bool fits(const BuiltRecipe& recipe, const Plan& plan) {
  if (plan.steps.size() != recipe.steps.size()) return false;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const PlanStep& line = plan.steps[i];
    if (!is_of(line, recipe.recipe.steps[i], recipe.steps[i])) return false;
    if (!std::all_of(line.needs.begin(), line.needs.end(), [&](const auto& need) { return plan.find(need); }))
      return false;
  }
  return true;
}

Graph graph_of(const BuiltRecipe& recipe, const Plan& plan, bool repair_first) {
  require_fit(recipe, plan);
  Graph graph;
  const auto add_unit = [&](Unit unit, Schedule::Claim claim) {
    graph.units.push_back(std::move(unit));
    graph.nodes.push_back({{}, claim});
    return graph.units.size() - 1;
  };
  if (repair_first) add_unit({Unit::Sort::repair, {}, 0}, Schedule::Claim::exclusive);

  std::vector<std::size_t> unit_of(plan.steps.size());
  std::map<int, std::size_t> unit_of_transaction;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const PlanStep& step = plan.steps[i];
    const auto known = unit_of_transaction.find(step.transaction);
    if (step.transaction >= 0 && known != unit_of_transaction.end()) {
      unit_of[i] = known->second;
      graph.units[unit_of[i]].steps.push_back(i);
      continue;
    }
    const Unit::Sort sort = step.transaction >= 0 ? Unit::Sort::packages : Unit::Sort::step;
    const auto transaction = static_cast<std::size_t>(std::max(step.transaction, 0));
    unit_of[i] = add_unit({sort, {i}, transaction}, claim_of(recipe.steps[i], step));
    if (step.transaction >= 0) unit_of_transaction[step.transaction] = unit_of[i];
  }

  const std::vector<std::vector<std::size_t>> edges = edges_of(plan);
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    std::vector<std::size_t>& needs = graph.nodes[unit_of[i]].needs;
    if (repair_first) add_once(needs, 0);
    for (const std::size_t need : edges[i]) {
      if (unit_of[need] != unit_of[i]) add_once(needs, unit_of[need]);
    }
  }
  return graph;
}

std::vector<std::string> step_ids(const Unit& unit, const Plan& plan) {
  if (unit.sort == Unit::Sort::repair) return {std::string(k_repair_step)};
  std::vector<std::string> ids;
  for (const std::size_t step : unit.steps) ids.push_back(plan.steps[step].id);
  return ids;
}

std::vector<RunStarted::StepLine> step_lines(const Plan& plan) {
  std::vector<RunStarted::StepLine> lines;
  if (plan.repair.needed()) {
    lines.push_back({std::string(k_repair_step), "dpkg", "repair what an interrupted dpkg left"});
  }
  for (const PlanStep& step : plan.steps) lines.push_back({step.id, step.kind, step.title});
  return lines;
}

std::vector<std::vector<std::size_t>> needed_at_any_distance(const Plan& plan) {
  const std::vector<std::vector<std::size_t>> edges = edges_of(plan);
  std::vector<std::vector<std::size_t>> result(edges.size());
  for (std::size_t i = 0; i < edges.size(); ++i) {
    for (const std::size_t need : edges[i]) add_once(result[i], need);
    for (std::size_t at = 0; at < result[i].size(); ++at) {  // grows while it is walked
      const std::size_t via = result[i][at];
      for (const std::size_t need : edges[via]) add_once(result[i], need);
    }
  }
  return result;
}

}  // namespace rigsetup
