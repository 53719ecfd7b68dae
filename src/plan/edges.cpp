// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/plan/plan.hpp>

namespace rigsetup {

std::vector<std::vector<std::string>> needs_of(const BuiltRecipe& recipe) {
  const std::vector<Step>& steps = recipe.recipe.steps;
  std::vector<std::vector<std::string>> edges(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].needs) {
      edges[i] = *steps[i].needs;
      continue;
    }
    const std::vector<std::string_view>& independent = recipe.steps[i].kind->independent_of;
    for (std::size_t above = 0; above < i; ++above) {
      const bool needed =
          std::find(independent.begin(), independent.end(), steps[above].kind) == independent.end();
      if (needed) edges[i].push_back(steps[above].id);
    }
  }
  return edges;
}

}  // namespace rigsetup
