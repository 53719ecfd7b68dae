// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// A package of a conda environment as its file in conda-meta tells it.
struct CondaPackage {
  std::string name;
  std::string version;
  std::string build;
  std::string url;
  std::string md5;
  std::string sha256;
  std::string requested;             ///< the spec that somebody asked for it with; empty: it came along
  std::vector<std::string> depends;  ///< names
  bool noarch_python = false;        ///< its paths may be those in the archive
  std::string site_packages;         ///< of Python itself, where it says so: "lib/python3.13t/site-packages"
  struct File {
    std::string path;
    std::optional<std::uint64_t> size;  ///< nothing: it was changed when it was put there
  };
  std::vector<File> files;
  std::string dist() const { return name + "-" + version + "-" + build; }
};

/// A conda environment as its files show it; nothing of it is ever run to find out, and what its owner could
/// have written is read as data only. Reading looks at every file of conda-meta and takes the content of
/// those that have not changed since from the note that `remember` left: hundreds of packages in
/// milliseconds.
struct CondaEnvironment {
  bool exists = false;    ///< something is at the path
  bool is_empty = false;  ///< an empty folder
  bool made = false;      ///< it has a conda-meta, and so clients take it for an environment
  Owner owner;
  std::map<std::string, CondaPackage> packages;  ///< by name
  std::vector<std::string> broken;               ///< files of conda-meta that cannot be so; names
  std::vector<std::string> faults;               ///< what is wrong with these, a text each
};
CondaEnvironment read_conda_environment(const Tree& tree, const std::filesystem::path& path);

/// Leaves a note of what was read, for the next reading.
void remember(const Tree& tree, const std::filesystem::path& path, const CondaEnvironment& environment);

/// The packages whose files are not there or have another size, with the first such file: "lib/libz.so is
/// missing". Content is not read, and links, compiled Python files and what was changed for its place have no
/// size that could be compared.
std::map<std::string, std::string> damaged_packages(const Tree& tree, const std::filesystem::path& path,
                                                    const CondaEnvironment& environment);

/// What its packages put among Python's packages, as paths below the prefix: folders "six-1.0.dist-info", and
/// what older ones have instead, "six-1.0-py3.12.egg-info".
std::set<std::string> python_infos(const CondaEnvironment& environment);

/// The packages that none of these needs, directly or through others.
std::vector<std::string> unneeded_packages(const CondaEnvironment& environment,
                                           const std::vector<std::string>& wanted);

}  // namespace rigsetup
