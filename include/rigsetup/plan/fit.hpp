// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/facts/facts.hpp>
#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {

/// The text of a recipe, fitted to what its target is: steps that are for other machines are left out, the
/// rest stands as it was written, and comments say what each is and why it is there. Pure.
std::string fitted_text(const BuiltRecipe& recipe, const Facts& facts);

}  // namespace rigsetup
