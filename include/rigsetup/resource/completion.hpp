// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {

/// What was asked for besides the recipe itself. Part of what is agreed to.
struct Wish {
  bool activate = false;  ///< make the recipe the target's active one
  bool prune = false;     ///< take away what rigsetup made and the recipe does not name any more
  std::string only;       ///< this step and what it needs; empty: all
  bool operator==(const Wish&) const = default;
};

/// The kinds of things that can be taken away again, in the order in which one needs the other.
const std::vector<const Kind*>& kinds_of_things();
const Kind* find_kind_of_thing(std::string_view name);

/// What rigsetup made on the target and the recipe does not name any more.
struct Leftovers {
  std::vector<Thing> there;  ///< with what came along with them
  std::vector<Thing> gone;   ///< somebody else took it away
};
Leftovers find_leftovers(const BuiltRecipe& recipe, const std::vector<Thing>& owned, const Host& host,
                         std::stop_token stop);

/// Adds the steps that the wish is about below those of the recipe. `leftovers`: what to take away. Packages
/// go together with the packages that come; everything else goes last, once all else went well.
void complete(BuiltRecipe& recipe, const Wish& wish, const std::vector<Thing>& leftovers);

/// Where the active recipe of a target is: what `status` and `check` speak of, and what is applied when no
/// other is named. The files that it names lie beside it.
constexpr std::string_view k_active_recipe = "/etc/rigsetup/recipe.yaml";
constexpr std::string_view k_activation_step = "active-recipe";  ///< no step of a recipe may have this id

/// Nothing when there is none. Files that it names and that are not there are left out.
std::optional<RecipeInput> read_active_recipe(const Tree& tree);

/// Puts a recipe in that place; what it replaces is kept.
std::unique_ptr<Resource> make_active(const Recipe& recipe);

}  // namespace rigsetup
