// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_cuda.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>

#include "resource/nvidia/cuda_choice.hpp"
#include "resource/nvidia/nvidia_stack.hpp"

namespace rigsetup {
namespace {

/// Mirrors have what it has.
constexpr std::string_view k_channel = "conda-forge";

CondaSpec spec_of(const std::string& text) { return *parse_conda_spec(text); }

bool names(const std::vector<CondaSpec>& specs, const std::string& name) {
  return std::any_of(specs.begin(), specs.end(), [&](const CondaSpec& spec) { return spec.name == name; });
}

}  // namespace

bool wants_gpu(const std::vector<CondaSpec>& specs, const compat::Tables& tables) {
  return std::any_of(specs.begin(), specs.end(), [&](const CondaSpec& spec) {
    const auto package = compat::framework_of(tables, k_channel, spec.name);
    return package.framework != nullptr && !package.cpu_only && spec.build.empty();
  });
}

std::vector<CondaSpec> demand_gpu_builds(const std::vector<CondaSpec>& specs,
                                         const std::vector<Place>& places, const Surroundings& around,
                                         const compat::CudaCeiling& ceiling,
                                         std::vector<std::string>& reasons, Complaints& complaints) {
  std::vector<CondaSpec> demanded;
  std::string major;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const CondaSpec& spec = specs[i];
    const auto package = compat::framework_of(around.compat, k_channel, spec.name);
    const bool has_build = !spec.build.empty() || spec.opaque;
    if (package.framework == nullptr || package.cpu_only || has_build) {
      demanded.push_back(spec);
      continue;
    }
    const auto build = compat::choose_build(around.compat, package.framework->name, std::string(k_channel),
                                            gpus_of(around.facts), ceiling);
    if (const auto* refusal = std::get_if<compat::BuildRefusal>(&build)) {
      complaints.push_back({places[i], refusal->reason, refusal->hint});
      continue;
    }
    const auto& chosen = std::get<compat::BuildChoice>(build);
    reasons.push_back(chosen.reason);
    if (major.empty()) major = chosen.cuda.substr(0, chosen.cuda.find('.'));
    const std::string gpu_build = package.channel->gpu_build;
    const std::string version = spec.version.empty() ? "*" : spec.version;
    if (package.by_another) {
      const std::string& kernels = package.channel->packages.front();
      demanded.push_back(spec);
      if (!names(specs, kernels)) demanded.push_back(spec_of(format("{}=*={}", kernels, gpu_build)));
    } else {
      demanded.push_back(spec_of(format("{} {} {}", spec.name, version, gpu_build)));
    }
  }
  // A channel's newest may be of a later major, and not every solver keeps it from a driver that is older.
  if (!major.empty() && !names(specs, "cuda-version")) demanded.push_back(spec_of("cuda-version=" + major));
  return demanded;
}

}  // namespace rigsetup
