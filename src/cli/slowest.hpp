// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/event/run_state.hpp>

namespace rigsetup::cli {

/// Where the time of a run went: at most three steps or phases of steps, the longest first, as "cuda:
/// installing 51 s". Empty when there are not two that took more than a second: then the run's own time says
/// it all. Pure.
std::vector<std::string> slowest(const RunState& state);

}  // namespace rigsetup::cli
