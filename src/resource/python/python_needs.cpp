// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/python_needs.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

constexpr std::size_t k_most_metadata = 1 << 20;

using Dependencies = std::map<std::string, std::vector<PythonRequirement>>;

Dependencies read_dependencies(const Tree& tree, const PythonEnvironment& environment) {
  Dependencies all;
  for (const auto& site : environment.sites) {
    for (const auto& name : tree.list(site)) {
      const auto package = package_of_info(name);
      if (package.empty()) continue;
      all[package] = parse_dependencies(tree.read(site / name / "METADATA", k_most_metadata).value_or(""));
    }
  }
  return all;
}

/// Is it needed by who asks for these extras of its package?
bool counts(const PythonRequirement& dependency, const std::set<std::string>& extras) {
  return dependency.of_extra.empty() || extras.count(dependency.of_extra) > 0;
}

}  // namespace

std::vector<PythonRequirement> parse_dependencies(std::string_view metadata) {
  std::vector<PythonRequirement> dependencies;
  for (const auto& line : split_lines(metadata)) {
    if (trim(line).empty()) break;  // the description follows
    constexpr std::string_view k_field = "Requires-Dist:";
    if (line.starts_with(k_field))
      dependencies.push_back(parse_python_requirement(std::string_view(line).substr(k_field.size())));
  }
  return dependencies;
}

std::vector<std::string> not_needed(const Tree& tree, const PythonEnvironment& environment,
                                    const std::vector<PythonRequirement>& requirements) {
  const Dependencies all = read_dependencies(tree, environment);
  std::map<std::string, std::set<std::string>> needed;  // with their extras
  std::vector<PythonRequirement> open = requirements;
  for (const char* own : {"pip", "setuptools"}) open.push_back(parse_python_requirement(own));
  while (!open.empty()) {
    const auto requirement = std::move(open.back());
    open.pop_back();
    if (requirement.name.empty()) continue;
    const bool known = needed.count(requirement.name) > 0;
    auto& extras = needed[requirement.name];
    const auto before = extras.size();
    extras.insert(requirement.extras.begin(), requirement.extras.end());
    if (known && extras.size() == before) continue;
    const auto found = all.find(requirement.name);
    if (found == all.end()) continue;
    std::copy_if(found->second.begin(), found->second.end(), std::back_inserter(open),
                 [&](const PythonRequirement& dependency) { return counts(dependency, extras); });
  }
  std::vector<std::string> rest;
  for (const auto& [name, version] : environment.packages) {
    if (needed.count(name) == 0) rest.push_back(name);
  }
  return rest;
}

}  // namespace rigsetup
