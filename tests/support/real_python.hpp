// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/conda_channel.hpp"

namespace rigsetup::test {

/// "python3.11" of the distribution; empty where there is none that can make environments.
std::string distribution_python();

/// Puts it into a root, as python3-venv leaves it, with the libraries that pip loads.
void add_real_python(const std::filesystem::path& root, const std::string& name);

/// The packages python and pip of a conda channel, which work: the interpreter is a link to the
/// distribution's, which a pyvenv.cfg tells that the environment is its home, and pip is the real one, with
/// every file listed as conda's.
std::vector<CondaPackage> real_python_packages(const std::string& name);

}  // namespace rigsetup::test
