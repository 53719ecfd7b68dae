// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_meta.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "resource/conda/conda_record.hpp"

namespace rigsetup {
namespace {

constexpr std::string_view k_meta = "conda-meta";
constexpr std::string_view k_note = ".rigsetup-conda-meta";
constexpr std::size_t k_most_note = 256 << 20;

std::vector<std::string> record_names(const Tree& tree, const std::filesystem::path& path) {
  std::vector<std::string> names = tree.list(path / k_meta);
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(".json"); });
  return names;
}

std::map<std::string, CondaRecord> read_note(const Tree& tree, const std::filesystem::path& path) {
  const auto info = tree.info(path / k_note);
  if (!info || info->type != FileInfo::Type::regular || info->size > k_most_note) return {};
  return parse_note(tree.read(path / k_note, k_most_note).value_or(""));
}

void take(CondaEnvironment& environment, const std::string& file, CondaPackage package) {
  const std::string name = package.name;
  const auto [there, is_new] = environment.packages.try_emplace(name, std::move(package));
  if (is_new) return;
  environment.broken.push_back(file);
  environment.faults.push_back(format("{} is there twice", printable(name)));
}

/// Where Python has its packages; empty: there is no Python.
std::string site_packages_of(const CondaEnvironment& environment) {
  const auto python = environment.packages.find("python");
  if (python == environment.packages.end()) return {};
  if (!python->second.site_packages.empty()) return python->second.site_packages;
  const std::vector<std::string> parts = split(python->second.version, '.');
  return parts.size() < 2 ? "" : format("lib/python{}.{}/site-packages", parts[0], parts[1]);
}

/// conda notes what lies in a noarch archive, micromamba where it was put.
std::string installed_path(const CondaPackage& package, const CondaPackage::File& file,
                           const std::string& site_packages) {
  constexpr std::string_view k_packages = "site-packages/";
  constexpr std::string_view k_scripts = "python-scripts/";
  if (package.noarch_python && file.path.starts_with(k_packages))
    return site_packages + "/" + file.path.substr(k_packages.size());
  if (package.noarch_python && file.path.starts_with(k_scripts))
    return "bin/" + file.path.substr(k_scripts.size());
  return file.path;
}

/// Paths that more than one package has: the last one wins, and the sizes of the others are not to be found.
std::unordered_set<std::string> shared_paths(const CondaEnvironment& environment,
                                             const std::string& site_packages) {
  std::unordered_set<std::string> seen;
  std::unordered_set<std::string> shared;
  for (const auto& [name, package] : environment.packages) {
    for (const CondaPackage::File& file : package.files) {
      std::string path = installed_path(package, file, site_packages);
      if (!seen.insert(path).second) shared.insert(std::move(path));
    }
  }
  return shared;
}

}  // namespace

CondaEnvironment read_conda_environment(const Tree& tree, const std::filesystem::path& path) {
  CondaEnvironment environment;
  const auto info = tree.info(path);
  if (!info) return environment;
  environment.exists = true;
  environment.owner = info->owner;
  if (info->type != FileInfo::Type::directory) return environment;
  environment.is_empty = tree.list(path).empty();
  const auto meta = tree.info(path / k_meta);
  environment.made = meta && meta->type == FileInfo::Type::directory;
  if (!environment.made) return environment;
  const std::vector<std::string> names = record_names(tree, path);
  const auto infos = tree.infos(path / k_meta, names);
  auto note = read_note(tree, path);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!infos[i]) continue;
    const auto known = note.find(names[i]);
    if (known != note.end() && known->second.size == infos[i]->size &&
        known->second.changed_ns == infos[i]->changed_ns) {
      take(environment, names[i], std::move(known->second.package));
      continue;
    }
    try {
      take(environment, names[i], parse_conda_record(tree.read(path / k_meta / names[i]).value_or("")));
    } catch (const Error&) {
      environment.broken.push_back(names[i]);
      environment.faults.push_back(format("conda-meta/{} is damaged", printable(names[i])));
    }
  }
  return environment;
}

void remember(const Tree& tree, const std::filesystem::path& path, const CondaEnvironment& environment) {
  std::unordered_map<std::string, const CondaPackage*> by_file;
  for (const auto& [name, package] : environment.packages) by_file[package.dist() + ".json"] = &package;
  std::map<std::string, CondaRecord> records;
  const std::vector<std::string> names = record_names(tree, path);
  const auto infos = tree.infos(path / k_meta, names);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto package = by_file.find(names[i]);
    if (infos[i] && package != by_file.end())
      records[names[i]] = {infos[i]->size, infos[i]->changed_ns, *package->second};
  }
  tree.write(path / k_note, note_text(records), 0644, environment.owner);
}

std::map<std::string, std::string> damaged_packages(const Tree& tree, const std::filesystem::path& path,
                                                    const CondaEnvironment& environment) {
  const std::string site_packages = site_packages_of(environment);
  std::vector<std::string> names;
  for (const auto& [name, package] : environment.packages) {
    for (const CondaPackage::File& file : package.files)
      names.push_back(installed_path(package, file, site_packages));
  }
  const auto infos = tree.infos(path, names);
  std::map<std::string, std::string> damaged;
  std::optional<std::unordered_set<std::string>> shared;  // asked for only where something is amiss
  std::size_t at = 0;
  for (const auto& [name, package] : environment.packages) {
    for (const CondaPackage::File& file : package.files) {
      const auto& info = infos[at];
      const std::string& where = names[at++];
      const bool differs = info && file.size && *file.size != info->size;
      if (info && !differs) continue;
      if (!shared) shared = shared_paths(environment, site_packages);
      if (info && shared->contains(where)) continue;
      damaged.try_emplace(name, printable(where) + (info ? " has another size" : " is missing"));
    }
  }
  return damaged;
}

std::set<std::string> python_infos(const CondaEnvironment& environment) {
  constexpr std::string_view k_packages = "site-packages/";
  const std::string site_packages = site_packages_of(environment);
  std::set<std::string> infos;
  for (const auto& [name, package] : environment.packages) {
    for (const CondaPackage::File& file : package.files) {
      const std::size_t at = file.path.find(k_packages);
      if (at == std::string::npos) continue;
      const std::string path = installed_path(package, file, site_packages);
      const std::size_t begin = path.find(k_packages) + k_packages.size();
      const std::string top = path.substr(0, path.find('/', begin));
      if (top.ends_with(".dist-info") || top.ends_with(".egg-info")) infos.insert(top);
    }
  }
  return infos;
}

std::vector<std::string> unneeded_packages(const CondaEnvironment& environment,
                                           const std::vector<std::string>& wanted) {
  std::set<std::string> needed;
  std::vector<std::string> ahead = wanted;
  while (!ahead.empty()) {
    const std::string name = std::move(ahead.back());
    ahead.pop_back();
    const auto package = environment.packages.find(name);
    if (package == environment.packages.end() || !needed.insert(name).second) continue;
    ahead.insert(ahead.end(), package->second.depends.begin(), package->second.depends.end());
  }
  std::vector<std::string> unneeded;
  for (const auto& [name, package] : environment.packages) {
    if (!needed.contains(name)) unneeded.push_back(name);
  }
  return unneeded;
}

}  // namespace rigsetup
