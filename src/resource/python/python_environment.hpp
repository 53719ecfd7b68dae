// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <rigsetup/host/tree.hpp>

#include "resource/python/python_requirement.hpp"

namespace rigsetup {

/// A Python environment as its files show it; nothing of it is ever run to find out. What its owner could
/// have written is read as data only.
struct PythonEnvironment {
  bool exists = false;    ///< something is at the path
  bool is_empty = false;  ///< an empty folder
  bool made = false;      ///< pyvenv.cfg is there and its interpreter can be reached
  Owner owner;
  std::map<std::string, std::string> packages;  ///< normalised name to version, of whole installations
  std::filesystem::path path = {};
  std::vector<std::filesystem::path> sites = {};  ///< the folders that its interpreter finds packages in
};
PythonEnvironment read_python_environment(const Tree& tree, const std::filesystem::path& path);

/// Names of the packages that the system's Python has, where the environment at `path` is made from it and
/// sees them.
std::set<std::string> read_system_packages(const Tree& tree, const std::filesystem::path& path);

/// The package of a folder "Foo_Bar-1.2.dist-info", normalised; empty for another name.
std::string package_of_info(const std::string& folder);
/// Did pip come to the end with it? It writes RECORD last.
bool is_whole(const Tree& tree, const std::filesystem::path& info);

/// What rigsetup leaves in an environment once it is complete. Without one, or without `asked`, making it was
/// interrupted.
struct EnvironmentRecord {
  std::string asked;                            ///< digest of what was asked of pip; empty: not complete
  std::map<std::string, std::string> packages;  ///< all that was there at the end
};
inline constexpr std::string_view k_environment_record = ".rigsetup";
std::optional<EnvironmentRecord> read_record(const Tree& tree, const std::filesystem::path& environment,
                                             std::string_view name = k_environment_record);
void write_record(const Tree& tree, const std::filesystem::path& environment, const EnvironmentRecord& record,
                  Owner owner, std::string_view name = k_environment_record);

/// Takes it away. The record goes last, so that one that was half removed is still known as rigsetup's.
void remove_environment(const Tree& tree, const std::filesystem::path& environment);

/// What the environment lacks of the requirements, a line each; empty: as wanted. A version that no pin names
/// may be another than the recorded one only where any version will do: comparing is left to pip.
std::vector<std::string> lacks(const PythonEnvironment& environment, const EnvironmentRecord& record,
                               const std::vector<PythonRequirement>& requirements);

/// Does the environment run the interpreter that this name stands for? True as well where files cannot tell.
bool runs_interpreter(const Tree& tree, const std::filesystem::path& environment, const std::string& python);

/// The interpreter that a recipe means: "3.12" is python3.12.
std::string interpreter_of(const std::string& python);

/// Why an interpreter cannot make environments, as far as files tell; empty when nothing speaks against it.
std::string why_no_environments(const Tree& tree, const std::string& python);

/// What brings it: a hint.
std::string how_to_get_environments(const std::string& python);

/// "cu126" of "https://download.pytorch.org/whl/cu126": an index of builds for one kind of GPU; empty: of
/// any.
std::string build_of_index(std::string_view index_url);

/// The requirements of which another build is installed than this index has, as "torch 2.7.0+cpu". Their
/// versions are the same to pip.
std::map<std::string, std::string> other_builds(const PythonEnvironment& environment,
                                                const std::vector<PythonRequirement>& requirements,
                                                std::string_view index_url);

/// Of these packages the installed ones that are not of this index, which names the build of each: another
/// build, or none as PyPI's have.
std::map<std::string, std::string> foreign_builds(const PythonEnvironment& environment,
                                                  const std::vector<std::string>& names,
                                                  std::string_view index_url);

}  // namespace rigsetup
