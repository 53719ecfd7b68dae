// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/python_environment.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

constexpr std::string_view k_record_head = "rigsetup environment 1";

bool is_python_folder(const std::string& name) { return name.starts_with("python3."); }

constexpr std::string_view k_info = ".dist-info";

void read_packages(const Tree& tree, const std::filesystem::path& folder, PythonEnvironment& environment) {
  for (const auto& name : tree.list(folder)) {
    const auto package = package_of_info(name);
    if (package.empty() || !is_whole(tree, folder / name)) continue;
    const auto stem = name.substr(0, name.size() - k_info.size());
    environment.packages[package] = stem.substr(stem.rfind('-') + 1);
  }
}

/// "python3.11" of the interpreter that the environment runs, which is a link to the system's.
std::string interpreter_name(const Tree& tree, const std::filesystem::path& path) {
  const auto real = follow_links(tree, path / "bin/python");
  return real ? real->filename().string() : std::string();
}

/// "3.12"
bool is_version(const std::string& text) {
  return text.starts_with("3.") && text.size() > 2 &&
         text.find_first_not_of("0123456789", 2) == std::string::npos;
}

/// The package of the distribution that has this interpreter, where its name tells.
std::string package_of(const std::string& python) { return is_python_folder(python) ? python : "python3"; }

bool is_build(std::string_view text) {
  return text == "cpu" || text == "xpu" || text.starts_with("cu1") || text.starts_with("rocm");
}

}  // namespace

std::string package_of_info(const std::string& folder) {
  if (!folder.ends_with(k_info) || folder.starts_with('~')) return "";
  const auto stem = folder.substr(0, folder.size() - k_info.size());
  const auto dash = stem.rfind('-');
  return dash == std::string::npos ? "" : normalised_python_name(stem.substr(0, dash));
}

bool is_whole(const Tree& tree, const std::filesystem::path& info) {
  return tree.info(info / "METADATA") && tree.info(info / "RECORD");
}

PythonEnvironment read_python_environment(const Tree& tree, const std::filesystem::path& path) {
  PythonEnvironment environment;
  const auto info = tree.info(path);
  if (!info) return environment;
  environment.exists = true;
  environment.owner = info->owner;
  environment.path = path;
  if (info->type != FileInfo::Type::directory) return environment;
  environment.is_empty = tree.list(path).empty();
  const auto python = tree.info_followed(path / "bin/python");
  environment.made = tree.info(path / "pyvenv.cfg") && python && python->type == FileInfo::Type::regular;
  // The interpreter reads only the folder of its own version; after an upgrade of Python the old one is dead.
  const auto interpreter = interpreter_name(tree, path);
  for (const auto& name : tree.list(path / "lib")) {
    if (is_python_folder(name) && (!is_python_folder(interpreter) || name == interpreter)) {
      environment.sites.push_back(path / "lib" / name / "site-packages");
      read_packages(tree, environment.sites.back(), environment);
    }
  }
  return environment;
}

std::set<std::string> read_system_packages(const Tree& tree, const std::filesystem::path& path) {
  std::set<std::string> names;
  const std::string python = interpreter_name(tree, path);
  // Debian's folder for all versions, the one of this version that pip fills there, and that of other builds.
  for (const std::filesystem::path& folder :
       {std::filesystem::path("/usr/lib/python3/dist-packages"),
        std::filesystem::path("/usr/local/lib") / python / "dist-packages",
        std::filesystem::path("/usr/local/lib") / python / "site-packages"}) {
    for (const std::string& name : tree.list(folder)) {
      if (!name.ends_with(k_info) && !name.ends_with(".egg-info")) continue;
      // "Foo_Bar-1.2", "ruamel.yaml-0.17", "old-1.0-py3.11"
      const std::string stem = name.substr(0, name.rfind('.'));
      names.insert(normalised_python_name(stem.substr(0, stem.find('-'))));
    }
  }
  return names;
}

std::optional<EnvironmentRecord> read_record(const Tree& tree, const std::filesystem::path& environment,
                                             std::string_view name) {
  const auto file = environment / name;
  const auto info = tree.info(file);
  if (!info || info->type != FileInfo::Type::regular || info->size > (1 << 20)) return std::nullopt;
  const auto lines = split_lines(tree.read(file, 1 << 20).value_or(""));
  if (lines.empty() || lines.front() != k_record_head) return std::nullopt;
  EnvironmentRecord record;
  for (const auto& line : lines) {
    const auto words = split_words(line);
    if (words.size() == 2 && words[0] == "asked") record.asked = words[1];
    if (words.size() == 3 && words[0] == "package") record.packages[words[1]] = words[2];
  }
  return record;
}

void write_record(const Tree& tree, const std::filesystem::path& environment, const EnvironmentRecord& record,
                  Owner owner, std::string_view name) {
  std::string text = format("{}\n", k_record_head);
  if (!record.asked.empty()) text += format("asked {}\n", record.asked);
  for (const auto& [package, version] : record.packages) text += format("package {} {}\n", package, version);
  tree.write(environment / name, text, 0644, owner);
}

void remove_environment(const Tree& tree, const std::filesystem::path& environment) {
  for (const std::string& name : tree.list(environment)) {
    if (name != k_environment_record) tree.remove_all(environment / name);
  }
  tree.remove_all(environment);
}

std::vector<std::string> lacks(const PythonEnvironment& environment, const EnvironmentRecord& record,
                               const std::vector<PythonRequirement>& requirements) {
  std::vector<std::string> lines;
  const auto version_of = [](const std::map<std::string, std::string>& packages, const std::string& name) {
    const auto found = packages.find(name);
    return found == packages.end() ? std::string() : found->second;
  };
  std::map<std::string, const PythonRequirement*> asked;
  for (const auto& requirement : requirements) {
    if (requirement.name.empty()) continue;
    asked[requirement.name] = &requirement;
    const auto have = version_of(environment.packages, requirement.name);
    if (have.empty() && !requirement.conditional) lines.push_back("no " + requirement.name);
  }
  for (const auto& [name, recorded] : record.packages) {
    const auto have = version_of(environment.packages, name);
    const auto found = asked.find(name);
    if (have.empty()) {
      if (found == asked.end() || found->second->conditional) lines.push_back("no " + name);
    } else if (have != recorded && found != asked.end() && !found->second->any_version) {
      lines.push_back(format("{} {} instead of {}", name, have, recorded));
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

bool runs_interpreter(const Tree& tree, const std::filesystem::path& environment, const std::string& python) {
  const auto program = find_program(tree, python);
  const auto real = program ? follow_links(tree, *program) : std::nullopt;
  if (!real || !is_python_folder(real->filename().string())) return true;  // a wrapper, as pyenv has them
  const auto wanted = tree.info(*real);
  const auto runs = tree.info_followed(environment / "bin/python");
  return wanted && runs && wanted->inode == runs->inode;
}

std::string interpreter_of(const std::string& python) {
  return is_version(python) ? "python" + python : python;
}

std::string why_no_environments(const Tree& tree, const std::string& python) {
  const auto program = find_program(tree, python);
  if (!program) return python + " is not installed";
  // Debian keeps ensurepip in python3-venv, beside the library of the version. Other builds lie elsewhere;
  // then nothing is claimed.
  const auto real = follow_links(tree, *program);
  if (!real || !is_python_folder(real->filename().string())) return "";
  const auto library = real->parent_path().parent_path() / "lib" / real->filename();
  if (!tree.info(library) || tree.info(library / "ensurepip/__init__.py")) return "";
  return format("{} cannot make environments: package {}-venv is not installed", python, package_of(python));
}

std::string how_to_get_environments(const std::string& python) {
  const auto package = package_of(python);
  if (package == "python3") return "add the package python3-venv in an apt_packages step above";
  return format(
      "add the packages {0} and {0}-venv in an apt_packages step above; a version that the distribution "
      "does not have needs an apt_repository that has it",
      package);
}

std::string build_of_index(std::string_view index_url) {
  while (index_url.ends_with('/')) index_url.remove_suffix(1);
  const auto last = index_url.substr(index_url.rfind('/') + 1);
  return is_build(last) ? std::string(last) : "";
}

std::map<std::string, std::string> other_builds(const PythonEnvironment& environment,
                                                const std::vector<PythonRequirement>& requirements,
                                                std::string_view index_url) {
  std::map<std::string, std::string> others;
  const auto wanted = build_of_index(index_url);
  for (const auto& requirement : requirements) {
    const auto found = environment.packages.find(requirement.name);
    if (wanted.empty() || found == environment.packages.end()) continue;
    const auto plus = found->second.find('+');
    if (plus == std::string::npos) continue;
    const auto build = found->second.substr(plus + 1);
    if (is_build(build) && build != wanted) others[requirement.name] = found->second;
  }
  return others;
}

std::map<std::string, std::string> foreign_builds(const PythonEnvironment& environment,
                                                  const std::vector<std::string>& names,
                                                  std::string_view index_url) {
  std::map<std::string, std::string> foreign;
  const auto wanted = build_of_index(index_url);
  for (const auto& name : names) {
    const auto found = environment.packages.find(name);
    if (wanted.empty() || found == environment.packages.end()) continue;
    if (!found->second.ends_with("+" + wanted)) foreign[name] = found->second;
  }
  return foreign;
}

}  // namespace rigsetup
