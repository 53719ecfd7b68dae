// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <charconv>

#include <rigsetup/base/text.hpp>
#include <rigsetup/host/tree.hpp>

namespace rigsetup {
namespace {

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The fields of the line that begins with that name; nothing if there is none with that many fields.
std::optional<std::vector<std::string>> entry(const Tree& tree, const char* file, std::string_view name,
                                              std::size_t fields) {
  const auto text = tree.read(file);
  if (!text || name.empty()) return std::nullopt;
  for (const std::string& line : split_lines(*text)) {
    std::vector<std::string> parts = split(line, ':');
    if (parts.size() >= fields && parts[0] == name) return parts;
  }
  return std::nullopt;
}

}  // namespace

std::optional<User> find_user(const Tree& tree, std::string_view name) {
  const auto parts = entry(tree, "/etc/passwd", name, 7);
  if (!parts) return std::nullopt;
  const auto uid = number((*parts)[2]);
  const auto gid = number((*parts)[3]);
  if (!uid || !gid) return std::nullopt;
  return User{(*parts)[0], {*uid, *gid}, (*parts)[5]};
}

std::optional<gid_t> find_group(const Tree& tree, std::string_view name) {
  const auto parts = entry(tree, "/etc/group", name, 3);
  return parts ? number((*parts)[2]) : std::nullopt;
}

}  // namespace rigsetup
