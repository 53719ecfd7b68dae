// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rigsetup::cli {

// How many columns of a terminal a text takes, and texts made to fit. Colours (ESC [ ... m) take none; wide
// characters take two. Decided from a table of our own: wcwidth() needs a locale that the machine may not
// have.
int display_width(std::string_view text);
std::string fit(std::string_view text, int width,
                std::string_view ellipsis);              ///< cut at the end when too wide
std::string pad(std::string_view text, int width);       ///< spaces after it
std::string pad_left(std::string_view text, int width);  ///< spaces before it

/// Broken between words into lines of at most that width; a longer word stays whole. Width 0: one line.
std::vector<std::string> wrap(std::string_view text, int width);

/// Items side by side in as many columns as fit (width 0: as in 100), filled downwards, every line indented.
std::vector<std::string> in_columns(const std::vector<std::string>& items, int width, int indent);

}  // namespace rigsetup::cli
