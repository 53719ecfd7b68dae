// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include "resource/python/python_environment.hpp"

namespace rigsetup {

/// The packages of an environment that these requirements do not need, directly or by what they need. A
/// dependency under a condition counts as needed, one of an extra where the extra is asked for; what venv
/// itself brings always stays.
std::vector<std::string> not_needed(const Tree& tree, const PythonEnvironment& environment,
                                    const std::vector<PythonRequirement>& requirements);

/// What METADATA says that a package needs.
std::vector<PythonRequirement> parse_dependencies(std::string_view metadata);

}  // namespace rigsetup
