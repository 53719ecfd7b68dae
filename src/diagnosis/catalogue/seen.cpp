// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "diagnosis/catalogue/seen.hpp"

#include <algorithm>
#include <map>

namespace rigsetup::diagnosis {

const LoadedNvidia* loaded(const Signs& signs) {
  const auto& machine = signs.facts.machine;
  return machine && machine->nvidia ? &*machine->nvidia : nullptr;
}

const NvmlError* nvml_error(const Signs& signs) {
  const auto& machine = signs.facts.machine;
  return machine && machine->nvml && machine->nvml->error ? &*machine->nvml->error : nullptr;
}

bool has_driver(const Signs& signs) {
  const auto& stack = signs.facts.nvidia;
  return loaded(signs) || !stack.modules.empty() || !stack.libraries.empty() || !driver_parts(signs).empty();
}

bool has_module(const Signs& signs, const std::string& kernel) {
  return std::ranges::any_of(signs.facts.nvidia.modules,
                             [&](const NvidiaModule& module) { return module.kernel == kernel; });
}

bool in_container(const Signs& signs) {
  return signs.facts.machine && !signs.facts.machine->container.empty();
}

std::size_t count_bound(const Signs& signs) {
  const auto is_bound = [](const Signs::Card& card) { return card.gpu.driver == "nvidia"; };
  return static_cast<std::size_t>(std::ranges::count_if(signs.cards(), is_bound));
}

bool all_bound(const Signs& signs) {
  const auto is_left = [](const Signs::Card& card) { return !card.gpu.is_given_away(); };
  const auto left = std::ranges::count_if(signs.cards(), is_left);
  return left > 0 && count_bound(signs) == static_cast<std::size_t>(left);
}

bool runs(const Signs& signs) { return loaded(signs) != nullptr && all_bound(signs); }

std::vector<std::pair<std::string, std::vector<std::string>>> driver_parts(const Signs& signs) {
  std::map<std::string, std::vector<std::string>> parts;
  for (const auto& package : signs.facts.nvidia.packages) {
    if (package.driver_version.empty() || package.state != "installed" || !is_driver_part(package.name)) {
      continue;
    }
    parts[package.driver_version].push_back(package.name);
  }
  return {parts.begin(), parts.end()};
}

}  // namespace rigsetup::diagnosis
