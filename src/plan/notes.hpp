// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/host/host.hpp>
#include <rigsetup/plan/plan.hpp>

/// What a plan tells besides what its steps and packages change. Its steps stand as those of the recipe.
namespace rigsetup {

/// What steps that will act need a word for, where the recipe's policy does not give it.
void add_consents_of_steps(const BuiltRecipe& recipe, const Host& host, Plan& plan);
void add_notes(const BuiltRecipe& recipe, const Tree& files, Plan& plan);

}  // namespace rigsetup
