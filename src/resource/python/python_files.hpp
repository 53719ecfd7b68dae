// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <set>
#include <string>
#include <vector>

#include "resource/python/python_environment.hpp"

namespace rigsetup {

/// The packages of which a file is gone, or not of the size that they say of it (RECORD), by name. No content
/// is read.
std::vector<std::string> damaged_packages(const Tree& tree, const PythonEnvironment& environment);

/// Takes away what a pip that was killed has left half installed or half removed, so that the next one does
/// not take it for whole. What others than pip have put there is `spared`: paths below the environment.
void remove_remains(const Tree& tree, const PythonEnvironment& environment,
                    const std::set<std::string>& spared = {});

/// Makes pip forget a package, whose files stay to be written over.
void forget_package(const Tree& tree, const PythonEnvironment& environment, const std::string& name);

/// Takes a package away with all files that its RECORD names, and with no program of the environment.
void remove_package(const Tree& tree, const PythonEnvironment& environment, const std::string& name);

}  // namespace rigsetup
