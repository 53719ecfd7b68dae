// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <stop_token>

#include <rigsetup/run/runner.hpp>

#include "run/teller.hpp"

namespace rigsetup {

/// Follows the jobs of the run that an earlier daemon left, each to its end, and tells how they ended. Needs
/// to know neither recipe nor plan.
void follow_left_jobs(const RunnerSetup& setup, Teller& teller, std::stop_token stop);

}  // namespace rigsetup
