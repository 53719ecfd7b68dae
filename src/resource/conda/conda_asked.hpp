// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/recipe/recipe.hpp>

#include "resource/conda/conda_lock.hpp"
#include "resource/conda/conda_spec.hpp"
#include "resource/conda/pip_section.hpp"

namespace rigsetup {

/// What the author of a conda_env asks for, wherever it is written.
struct CondaAsked {
  std::vector<CondaSpec> specs;
  std::vector<Place> places;  ///< of each
  std::vector<std::string> channels;
  CondaLock lock;
  PipSection pip;
};
CondaAsked read_conda_asked(const Step& step, const Recipe& recipe, Complaints& complaints);

}  // namespace rigsetup
