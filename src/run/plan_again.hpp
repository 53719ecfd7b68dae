// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include <rigsetup/run/runner.hpp>
#include <rigsetup/run/target.hpp>

namespace rigsetup {

/// The steps and packages that are another in the second plan, a line each. What the first would do with
/// packages and is done already, or needs not be done any more, is no difference. Pure.
std::vector<std::string> differences(const Plan& before, const Plan& now);

/// What the second plan needs and was agreed to neither with the first nor since. Pure.
std::vector<Consent> missing_consents(const Plan& before, const Plan& now,
                                      const std::vector<Consent>& agreed);

/// The end of a run that waits for these, with the command that gives them. Pure.
RunFinished waiting_for(const std::vector<Consent>& missing, std::int64_t run);

/// Makes the plan of a run again, on lists that are fetched now, its composites fitted to the target anew.
/// `folder`: of the run. Throws Error, also for a recipe that nothing fits any more.
PlannedAgain plan_again(const RecipeInput& input, const Plan& before, const std::vector<Consent>& agreed,
                        Settings settings, const std::filesystem::path& folder, Reporter& reporter,
                        std::stop_token stop);

}  // namespace rigsetup
