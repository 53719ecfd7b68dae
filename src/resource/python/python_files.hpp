// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <set>
#include <string>
#include <vector>

#include "resource/python/python_environment.hpp"

namespace rigsetup {

/// How closely an environment's files are compared with what its packages say of themselves (RECORD).
enum class Look {
  folders,    ///< the topmost folder or module of each package: takes milliseconds
  every_file  ///< each file is there, and of the size that was written: takes seconds for large frameworks
};

/// The packages of which something is gone, by name.
std::vector<std::string> damaged_packages(const Tree& tree, const PythonEnvironment& environment, Look look);

/// Takes away what a pip that was killed has left half installed or half removed, so that the next one does
/// not take it for whole. What others than pip have put there is `spared`: paths below the environment.
void remove_remains(const Tree& tree, const PythonEnvironment& environment,
                    const std::set<std::string>& spared = {});

/// Makes pip forget a package, whose files stay to be written over.
void forget_package(const Tree& tree, const PythonEnvironment& environment, const std::string& name);

/// Takes a package away with all files that its RECORD names, and with no program of the environment.
void remove_package(const Tree& tree, const PythonEnvironment& environment, const std::string& name);

}  // namespace rigsetup
