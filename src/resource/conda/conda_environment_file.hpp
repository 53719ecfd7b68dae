// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resource/conda/pip_section.hpp"

namespace rigsetup {

/// An environment.yml.
struct CondaEnvironmentFile {
  std::vector<std::string> channels = {};
  std::vector<std::string> packages = {};
  PipSection pip = {};
};
CondaEnvironmentFile read_conda_environment_file(std::string_view text, const std::string& file,
                                                 Complaints& complaints);

}  // namespace rigsetup
