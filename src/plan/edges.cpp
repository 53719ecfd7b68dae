// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
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

std::string why_not_wanted(const When& when, const Facts& facts) {
  if (!when.platform.empty()) {
    const bool listed =
        std::find(when.platform.begin(), when.platform.end(), facts.platform()) != when.platform.end();
    if (!listed) return format("only for {}, this is {}", join(when.platform, ", "), facts.platform());
  }
  if (when.gpu.empty()) return {};
  if (!facts.machine) return "depends on the GPU, and it is not known on what machine this tree will run";
  if (when.gpu == "nvidia" && !facts.has_nvidia_gpu()) return "there is no NVIDIA GPU";
  if (when.gpu == "none" && facts.has_nvidia_gpu()) return "there is an NVIDIA GPU";
  return {};
}

}  // namespace rigsetup
