// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/data/json.hpp>
#include <rigsetup/data/yaml.hpp>

#include "data/yaml_scalar.hpp"

namespace rigsetup {
namespace {

/// Whether a text may stand without quotes and is read back as the same text, also by readers of YAML 1.1.
bool may_stand_plain(const std::string& text) {
  for (const char* word : {"y", "n", "yes", "no", "on", "off"}) {
    std::string lower = text;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    if (lower == word) return false;
  }
  constexpr std::string_view k_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  if (text.empty() || (k_letters.find(text.front()) == std::string_view::npos && text.front() != '/'))
    return false;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && k_letters.find(c) == std::string_view::npos &&
        std::string_view("_-./+").find(c) == std::string_view::npos)
      return false;
  }
  return resolve_plain(text).is_string();
}

std::string text_of(const std::string& text) {
  // Every JSON string is a YAML string in double quotes.
  return may_stand_plain(text) ? text : to_json(Value(text));
}

std::string scalar_of(const Value& value) {
  switch (value.type()) {
    case Value::Type::null:
      return "null";
    case Value::Type::list:
      return "[]";
    case Value::Type::map:
      return "{}";
    case Value::Type::string:
      return text_of(value.as_string());
    default:
      return value.text();
  }
}

bool is_block(const Value& value) {
  return (value.is_list() && !value.as_list().empty()) || (value.is_map() && !value.as_map().empty());
}

/// Writes a value whose first line begins where `out` ends, at column 2 * level.
void write(const Value& value, std::size_t level, std::string& out) {
  if (!is_block(value)) {
    out += scalar_of(value) + '\n';
    return;
  }
  bool first = true;
  const auto begin_line = [&] {
    if (!first) out.append(2 * level, ' ');
    first = false;
  };
  if (value.is_list()) {
    for (const Value& item : value.as_list()) {
      begin_line();
      out += "- ";
      write(item, level + 1, out);
    }
    return;
  }
  for (const Member& member : value.as_map()) {
    begin_line();
    out += text_of(member.key) + ':';
    if (is_block(member.value)) {
      out += '\n';
      out.append(2 * (level + 1), ' ');
      write(member.value, level + 1, out);
    } else {
      out += ' ' + scalar_of(member.value) + '\n';
    }
  }
}

}  // namespace

std::string to_yaml(const Value& value) {
  std::string out;
  write(value, 0, out);
  return out;
}

}  // namespace rigsetup
