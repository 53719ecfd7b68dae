// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_python.hpp"

#include <algorithm>
#include <utility>

#include <rigsetup/base/text.hpp>

#include "resource/conda/conda_meta.hpp"
#include "resource/conda/conda_spec.hpp"
#include "resource/python/python_files.hpp"

namespace rigsetup {
namespace {

namespace fs = std::filesystem;

/// Name and version of "Foo_Bar-1.2.dist-info" and of "foo-1.2-py3.12.egg-info".
std::pair<std::string, std::string> package_of(std::string_view info) {
  info = info.substr(0, info.rfind('.'));
  const std::size_t dash = info.find('-');
  if (dash == std::string_view::npos) return {};
  std::string_view version = info.substr(dash + 1);
  version = version.substr(0, version.find("-py"));
  return {normalised_python_name(info.substr(0, dash)), std::string(version)};
}

bool says_conda(const Tree& tree, const fs::path& info) {
  return trim(tree.read(info / "INSTALLER", 1 << 10).value_or("")) == "conda";
}

/// "1.26.4" of "1.26.4+cu126".
std::string_view without_build(std::string_view version) { return version.substr(0, version.find('+')); }

bool is_plain(std::string_view version) {
  return !version.empty() && version.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// 1.0.* stands for "1" as well, which is 1.0.0.
bool begins_with(std::string_view version, std::string_view prefix) {
  std::string padded(version);
  while (std::count(padded.begin(), padded.end(), '.') < std::count(prefix.begin(), prefix.end(), '.'))
    padded += ".0";
  return padded == prefix || padded.starts_with(std::string(prefix) + ".");
}

/// "1.4.2" of ~=1.4.2 asks for 1.4.*.
std::string_view without_last(std::string_view version) {
  return version.substr(0, std::min(version.rfind('.'), version.size()));
}

/// One of ">=1.26", "==1.26.*", "!=1.27". Versions with letters have rules of their own.
std::optional<bool> meets_one(std::string_view have, std::string_view condition) {
  const std::size_t end = std::min(condition.find_first_not_of("<>=!~"), condition.size());
  const std::string_view relation = condition.substr(0, end);
  std::string_view wanted = trim(condition.substr(end));
  const bool any_of_it = wanted.ends_with(".*");
  if (any_of_it) wanted.remove_suffix(2);
  const bool is_exact = (relation == "==" || relation == "!=") && wanted.find('+') != std::string_view::npos;
  if (!is_exact) have = without_build(have);
  const int order = compare_conda(have, wanted);
  if (relation == "==" && !any_of_it) return order == 0;
  if (!is_plain(without_build(have)) || !is_plain(without_build(wanted))) return std::nullopt;
  if (relation == "==") return begins_with(have, wanted);
  if (relation == "!=") return any_of_it ? !begins_with(have, wanted) : order != 0;
  if (relation == ">=") return order >= 0;
  if (relation == "<=") return order <= 0;
  if (relation == ">") return order > 0;
  if (relation == "<") return order < 0;
  if (relation == "~=") return order >= 0 && begins_with(have, without_last(wanted));
  return std::nullopt;
}

}  // namespace

CondaPython read_conda_python(const Tree& tree, const fs::path& prefix) {
  CondaPython found;
  found.by_pip = read_python_environment(tree, prefix);
  found.infos_of_conda = python_infos(read_conda_environment(tree, prefix));
  std::map<std::string, std::string> others;
  for (const fs::path& site : found.by_pip.sites) {
    const fs::path below = site.lexically_relative(prefix);
    for (const std::string& name : tree.list(site)) {
      const auto [package, version] = package_of(name);
      const std::string path = (below / name).string();
      const bool of_conda = found.infos_of_conda.contains(path);
      if (package.empty() || (!of_conda && package_of_info(name).empty())) continue;
      if (of_conda || says_conda(tree, site / name)) {
        found.infos_of_conda.insert(path);
        found.by_conda[package] = version;
      } else if (is_whole(tree, site / name)) {
        others[package] = version;
      }
    }
  }
  for (const auto& [name, version] : others) {
    if (found.by_conda.contains(name)) found.in_the_way[name] = version;
  }
  std::erase_if(others, [&](const auto& one) { return found.by_conda.contains(one.first); });
  found.by_pip.packages = std::move(others);
  return found;
}

std::optional<bool> meets_python_version(std::string_view version, std::string_view condition) {
  condition = trim(condition);
  if (condition.starts_with('(') && condition.ends_with(')'))
    condition = condition.substr(1, condition.size() - 2);
  if (condition.empty()) return true;
  std::optional<bool> all = true;
  for (const std::string& one : split(condition, ',')) {
    const auto met = meets_one(version, trim(one));
    if (met && !*met) return false;
    if (!met) all = std::nullopt;
  }
  return all;
}

}  // namespace rigsetup
