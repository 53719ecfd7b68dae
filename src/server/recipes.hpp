// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <variant>
#include <vector>

#include <rigsetup/protocol/messages.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "server/backend.hpp"

namespace rigsetup::server {

/// Names of the recipes in the data folder (NAME.yaml), sorted.
std::vector<std::string> shipped_recipes(const Settings& settings);
/// A shipped recipe and the files beside it that it names. Throws Error(not_found) with a near name.
RecipeInput shipped_recipe(const Settings& settings, const std::string& name);

/// The recipe that a request speaks of: a shipped one, the active one of the root, or the one that travels
/// along. The root is looked at only for the active one: strangers do not learn which folders there are.
/// Throws Error(not_found) when there is none.
RecipeInput recipe_of(const Backend& backend, const protocol::RecipeRef& reference, const std::string& root);

/// The names of files that the recipe needs and that did not come along.
std::vector<std::string> missing_attachments(const Recipe& recipe, const RecipeInput& input);

/// The recipe, able to act; or all that is wrong with it, or the files that must come along first.
std::variant<BuiltRecipe, protocol::Problem> understand(const RecipeInput& input,
                                                        const LookAround& look = {});

}  // namespace rigsetup::server
