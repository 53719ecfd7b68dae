// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "facts/lines.hpp"

#include <charconv>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {

std::string text_of(const Tree& tree, const std::filesystem::path& path) {
  constexpr std::size_t k_small = 1 << 20;
  try {
    return tree.read(path, k_small).value_or("");
  } catch (const Error& error) {
    if (error.code() != Code::denied && error.code() != Code::io) throw;
    return "";
  }
}

std::string line_of(const Tree& tree, const std::filesystem::path& path) {
  return std::string(trim(text_of(tree, path)));
}

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

KeyValue key_value(std::string_view line, char separator) {
  const auto at = line.find(separator);
  if (at == std::string_view::npos) return {};
  return {trim(line.substr(0, at)), trim(line.substr(at + 1))};
}

std::string_view without_quotes(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
    return text.substr(1, text.size() - 2);
  }
  return text;
}

}  // namespace rigsetup
