// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/protocol/messages.hpp>

namespace rigsetup::cli {

/// Does the word name a file? If not, it is a shipped recipe's name. A word with "/" in it or ending in .yaml
/// or .yml is always a file, any other only if there is one.
bool names_file(const std::string& word);

/// Reads the recipe with the caller's rights; a shipped name stays a name. Throws Error.
protocol::RecipeRef read_recipe(const std::string& word);

/// The same; the active recipe for an empty word.
protocol::RecipeRef named_or_active(const std::string& word);

/// Reads the files that a recipe needs, relative to its own folder, with the caller's rights. Throws
/// Error(invalid) that names every file that cannot be read and why.
void read_attachments(protocol::RecipeRef& recipe, const std::vector<std::string>& names);

}  // namespace rigsetup::cli
