// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstddef>
#include <vector>

namespace rigsetup {

/// A step as staging sees it.
struct StagedStep {
  std::vector<std::size_t> needs;  ///< indices of steps
  bool packages = false;           ///< does it change packages?
};

/// Package steps that become one transaction, and what ended since the stage before; indices, ascending.
struct StageSteps {
  std::vector<std::size_t> before;
  std::vector<std::size_t> packages;
};

/// The order in which packages change, found by going through the schedule in thought: every other step that
/// is ready ends at once; when only package steps are ready, these are one stage. Steps that come after the
/// last stage are in none. Pure.
std::vector<StageSteps> stages_of(const std::vector<StagedStep>& steps);

}  // namespace rigsetup
