// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/plan/plan.hpp>

namespace rigsetup {
namespace {

/// Of another composite; steps of the recipe itself have no dot in their ids.
bool is_part_of_other(const Step& step, const Step& above) {
  const std::size_t dot = step.id.find('.');
  return dot != std::string::npos && step.id.substr(0, dot) != above.id.substr(0, above.id.find('.'));
}

}  // namespace

std::vector<std::vector<std::string>> needs_of(const BuiltRecipe& recipe) {
  const std::vector<Step>& steps = recipe.recipe.steps;
  std::vector<std::vector<std::string>> edges(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].needs) {
      edges[i] = *steps[i].needs;
      continue;
    }
    const BuiltStep& built = recipe.steps[i];
    const std::vector<std::string_view>& independent = built.kind->independent_of;
    for (std::size_t above = 0; above < i; ++above) {
      const bool needed =
          std::find(independent.begin(), independent.end(), steps[above].kind) == independent.end();
      const bool passes =
          recipe.steps[above].late && !built.check && is_part_of_other(steps[i], steps[above]);
      if (needed && !passes) edges[i].push_back(steps[above].id);
    }
  }
  return edges;
}

}  // namespace rigsetup
