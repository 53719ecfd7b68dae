// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_cuda.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>

#include "resource/conda/conda_wish.hpp"
#include "resource/nvidia/installed_driver.hpp"
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

std::optional<std::string> driver_to_be(const Recipe& recipe, const Surroundings& around) {
  if (const Step* step = first_of("nvidia_driver", recipe, around.facts)) {
    Complaints of_that_step;
    const auto fit = choose_for(*step, recipe, around, of_that_step);
    if (!fit) return std::nullopt;
    return fit->kept ? fit->kept->version : fit->stack.driver.value;
  }
  const std::string installed = installed_driver(around.facts.nvidia);
  if (!installed.empty()) return installed;
  const bool is_this = around.facts.root == "/" && around.facts.machine && around.facts.machine->nvidia;
  return is_this ? around.facts.machine->nvidia->version : std::string();
}

std::vector<std::string> gpus_of(const Facts& facts) {
  std::vector<std::string> ids;
  if (!facts.machine) return ids;
  for (const Gpu& gpu : facts.machine->gpus) {
    if (gpu.is_nvidia() && !gpu.is_given_away()) ids.push_back(gpu.device_id);
  }
  return ids;
}

std::optional<CudaChoice> choose_conda_cuda(const std::string& wish, bool needed, const Recipe& recipe,
                                            const Surroundings& around, const Place& place,
                                            Complaints& complaints) {
  if (wish == "none") return CudaChoice{{}, "builds for the CPU were asked for"};
  if (is_cuda_version(wish))
    return CudaChoice{{wish, "the step asks for it"}, format("CUDA {} was asked for", wish)};
  const std::vector<std::string> gpus = gpus_of(around.facts);
  if (around.facts.machine && gpus.empty())
    return CudaChoice{{}, "there is no NVIDIA GPU: builds for the CPU"};
  const auto driver = driver_to_be(recipe, around);
  if (!driver) return std::nullopt;
  if (driver->empty() && !around.facts.machine) {
    return CudaChoice{{},
                      "it is not known on what machine this tree will run, and no driver is planned: builds "
                      "for the CPU"};
  }
  if (driver->empty()) {
    if (!needed) return CudaChoice{{}, "no driver is there or planned: builds for the CPU"};
    complaints.push_back({place,
                          "no driver is there, and no step brings one: which CUDA it will offer is not known",
                          "add an nvidia_driver step, or write `cuda: none` for builds for the CPU"});
    return std::nullopt;
  }
  CudaChoice choice{compat::cuda_ceiling(around.compat, *driver, gpus), {}};
  choice.reason = choice.ceiling.reason;
  if (choice.ceiling.cuda.empty())
    choice.reason = format("no table knows which CUDA driver {} offers", *driver);
  return choice;
}

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
