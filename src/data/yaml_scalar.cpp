// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "data/yaml_scalar.hpp"

#include <charconv>
#include <cmath>
#include <optional>

namespace rigsetup {
namespace {

std::optional<std::int64_t> integer_of(std::string_view text) {
  int base = 10;
  if (text.starts_with("0o") || text.starts_with("0x")) {
    base = text[1] == 'o' ? 8 : 16;
    text.remove_prefix(2);
    if (text.starts_with('-')) return std::nullopt;
  } else if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> real_of(std::string_view text) {
  // from_chars takes no "+", but "inf" and "nan".
  const std::string_view digits = text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
  if (digits.empty() || digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos)
    return std::nullopt;
  if (digits.find_first_of("0123456789.") != 0) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace

Value resolve_plain(const std::string& text) {
  Value value;
  if (text == "true" || text == "True" || text == "TRUE") {
    value = Value(true);
  } else if (text == "false" || text == "False" || text == "FALSE") {
    value = Value(false);
  } else if (const std::optional<std::int64_t> integer = integer_of(text)) {
    value = Value(*integer);
  } else if (const std::optional<double> real = real_of(text)) {
    value = Value(*real);
  } else if (!text.empty() && text != "~" && text != "null" && text != "Null" && text != "NULL") {
    value = Value(text);
  }
  if (!value.is_null()) value.set_written(text, false);
  return value;
}

}  // namespace rigsetup
