// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "resource/python/python_environment.hpp"

namespace rigsetup {

/// The Python packages of a conda environment, by who brought them. What conda brought is conda's: its files
/// are written down in conda-meta, and nobody else may change them.
struct CondaPython {
  PythonEnvironment by_pip;                       ///< nothing of conda's is in it
  std::map<std::string, std::string> by_conda;    ///< normalised name to version
  std::set<std::string> infos_of_conda;           ///< below the prefix: "lib/.../six-1.0.dist-info"
  std::map<std::string, std::string> in_the_way;  ///< pip's of before, of packages that conda has now
};
CondaPython read_conda_python(const Tree& tree, const std::filesystem::path& prefix);

/// Does a version meet ">=1.26,<2"? Nothing where only pip can tell.
std::optional<bool> meets_python_version(std::string_view version, std::string_view condition);

}  // namespace rigsetup
