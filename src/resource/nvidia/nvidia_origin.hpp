// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "resource/nvidia/nvidia_stack.hpp"

/// Where the packages of NVIDIA's stack come from, and that they come from one place only.
namespace rigsetup {

/// The repository of one of the platform's origins, unless the target or the recipe has it already.
std::optional<Expansion::Part> repository_part(const std::string& origin, const Recipe& recipe,
                                               const Surroundings& around);

/// Will a step of the recipe bring the repository, and has not yet?
bool is_to_come(const compat::Repository& repository, const Recipe& recipe, const Surroundings& around);

/// Keeps apt from taking the driver's packages from NVIDIA's repository when they come from elsewhere, and
/// the other way round: two origins on one machine do not fit together. Where the recipe has a driver, its
/// packages stay at one version, too.
Expansion::Part one_origin_part(const Fit& fit, const Facts& facts);

/// What is installed of another driver than the chosen one, of whatever origin, and is not one of its
/// packages by another version: it has to go. `wanted`: names that the chosen one asks for.
std::vector<std::string> packages_in_the_way(const compat::Stack& stack,
                                             const std::vector<std::string>& wanted, const Facts& facts);

}  // namespace rigsetup
