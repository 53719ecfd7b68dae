// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string_view>

namespace rigsetup {

/// The names of recipes and steps: lower-case letters and digits, after the first also those of `more`. Short
/// enough to name a file.
inline bool is_name(std::string_view text, std::string_view more) {
  constexpr std::size_t k_longest = 64;
  if (text.empty() || text.size() > k_longest) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool plain = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9');
    if (!plain && (i == 0 || more.find(text[i]) == std::string_view::npos)) return false;
  }
  return true;
}
constexpr std::string_view k_name_hint = "a name has up to 64 lower-case letters, digits";

}  // namespace rigsetup
