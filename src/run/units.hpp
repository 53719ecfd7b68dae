// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <rigsetup/plan/plan.hpp>
#include <rigsetup/plan/schedule.hpp>

namespace rigsetup {

/// What a worker takes on as one: a step, the package steps of one transaction, or the repair of dpkg.
struct Unit {
  enum class Sort { repair, packages, step };
  Sort sort = Sort::step;
  std::vector<std::size_t> steps;  ///< indices into Plan::steps; none for the repair
  std::size_t transaction = 0;     ///< of Sort::packages
};

/// The units of a plan and their edges and claims, index by index.
struct Graph {
  std::vector<Unit> units;
  std::vector<Schedule::Node> nodes;
};

/// Can the plan be followed with the steps that this code makes of the recipe? Not always when another
/// version made the plan. Pure.
bool fits(const BuiltRecipe& recipe, const Plan& plan);

/// Pure. `repair_first`: a repair stands before everything else. Throws Error(conflict) when the plan is not
/// one of this recipe.
Graph graph_of(const BuiltRecipe& recipe, const Plan& plan, bool repair_first);

/// The ids in events.
std::vector<std::string> step_ids(const Unit& unit, const Plan& plan);
/// The steps as a run tells of them, the repair too.
std::vector<RunStarted::StepLine> step_lines(const Plan& plan);

/// For each step, the indices of all steps that it needs, at any distance.
std::vector<std::vector<std::size_t>> needed_at_any_distance(const Plan& plan);

}  // namespace rigsetup
