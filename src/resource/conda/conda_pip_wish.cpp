// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_pip_wish.hpp"

#include <algorithm>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

constexpr std::size_t k_named = 5;  // of many packages these are shown

std::string version_in(const std::map<std::string, std::string>& packages, const std::string& name) {
  const auto found = packages.find(name);
  return found != packages.end() ? found->second : std::string();
}

}  // namespace

std::string CondaPipWish::requirements_file(const CondaPython& there) const {
  std::vector<std::string> lines = section.requirements;
  for (const PipArchive& archive : lock) {
    const bool is_there = version_in(there.by_pip.packages, archive.name) == archive.version ||
                          there.by_conda.contains(archive.name);
    if (!is_there) lines.push_back(archive.requirement());
  }
  return lines.empty() ? "" : join(lines, "\n") + "\n";
}

std::vector<PythonRequirement> CondaPipWish::requirements() const {
  std::vector<PythonRequirement> all;
  for (const std::string& line : section.requirements) all.push_back(parse_python_requirement(line));
  for (const PipArchive& archive : lock)
    all.push_back(parse_python_requirement(archive.name + "==" + archive.version));
  return all;
}

std::string CondaPipWish::conflict(const CondaPython& there) const {
  for (const PythonRequirement& requirement : requirements()) {
    const std::string have = version_in(there.by_conda, requirement.name);
    if (have.empty() || requirement.conditional) continue;
    const bool is_url = requirement.version.starts_with('@');
    const auto meets = is_url ? false : meets_python_version(have, requirement.version);
    if (meets && !*meets)
      return format("conda has {} {}, and pip would write {}{} over it", requirement.name, printable(have),
                    requirement.name, is_url ? " of another origin" : requirement.version);
  }
  return "";
}

std::string CondaPipWish::lack_of(const CondaPython& there, const EnvironmentRecord& record) const {
  if (const std::string why = conflict(there); !why.empty()) return why;
  std::vector<std::string> lines;
  for (const auto& [name, version] : there.in_the_way)
    lines.push_back(format("{} {} of pip's beside conda's", name, printable(version)));
  // What conda has now is conda's, whoever brought it before.
  const auto is_of_conda = [&](const std::string& name) { return there.by_conda.contains(name); };
  EnvironmentRecord of_pip = record;
  std::erase_if(of_pip.packages, [&](const auto& one) { return is_of_conda(one.first); });
  auto wanted = requirements();
  std::erase_if(wanted, [&](const PythonRequirement& one) { return is_of_conda(one.name); });
  for (std::string& line : lacks(there.by_pip, of_pip, wanted)) lines.push_back(std::move(line));
  for (const auto& [name, version] : other_builds(there.by_pip, wanted, section.index_url))
    lines.push_back(format("{} {} instead of {}", name, version, build_of_index(section.index_url)));
  if (exact) {
    for (const auto& [name, version] : there.by_pip.packages) {
      if (!record.packages.contains(name)) lines.push_back("besides " + name);
    }
  }
  return printable(join(lines, ", "));
}

std::string CondaPipWish::text() const {
  std::vector<std::string> names(
      section.requirements.begin(),
      section.requirements.begin() + std::min<std::ptrdiff_t>(std::ssize(section.requirements), k_named));
  if (section.requirements.size() > k_named)
    names.push_back(format("{} more", section.requirements.size() - k_named));
  if (!lock.empty()) names.push_back(format("the {} packages of its lock", lock.size()));
  if (names.empty()) return "no packages of pip's";
  return (exact ? "nothing of pip's but " : "") + join(names, ", ");
}

std::string CondaPipWish::have_text(const CondaPython& there) const {
  std::vector<std::string> names;
  for (const PythonRequirement& requirement : requirements()) {
    std::string version = version_in(there.by_pip.packages, requirement.name);
    if (version.empty()) version = version_in(there.by_conda, requirement.name);
    if (!version.empty() && names.size() < k_named)
      names.push_back(requirement.name + " " + printable(version));
  }
  return format("{}{}{} packages of pip's", join(names, ", "), names.empty() ? "" : ", in all ",
                there.by_pip.packages.size());
}

std::string CondaPipWish::digest() const {
  std::vector<std::string> parts = section.requirements;
  for (const PipArchive& archive : lock) parts.push_back(archive.requirement());
  parts.push_back("index " + section.index_url);
  for (const std::string& url : section.extra_index_urls) parts.push_back("extra " + url);
  if (exact) parts.emplace_back("exact");
  return sha256_hex(join(parts, "\n"));
}

Error CondaPipWish::error(Code code, const std::string& cause, const std::string& hint) const {
  return Error(code, format("cannot {}: {}", doing(), cause), hint);
}

}  // namespace rigsetup
