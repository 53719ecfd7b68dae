// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/facts/facts.hpp>
#include <rigsetup/recipe/recipe.hpp>

namespace rigsetup {

/// Does the step's `when` hold? An empty text when it does, else the reason. Pure.
std::string why_not_wanted(const When& when, const Facts& facts);

}  // namespace rigsetup
