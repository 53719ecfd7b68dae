// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/library_path.hpp"

#include <algorithm>

#include <rigsetup/base/text.hpp>

namespace rigsetup {

std::string library_path_in(std::string_view line) {
  constexpr std::string_view k_variable = "LD_LIBRARY_PATH=";
  line = trim(line);
  if (line.starts_with("export ")) line = trim(line.substr(7));
  if (!line.starts_with(k_variable)) return "";
  std::vector<std::string> folders;
  std::string value(line.substr(k_variable.size()));
  std::erase_if(value, [](char c) { return c == '"' || c == '\''; });
  for (const auto& part : split(value.substr(0, value.find_first_of("; \t")), ':')) {
    const auto folder = part.substr(0, part.find_first_of("${}`"));
    if (folder.starts_with('/')) folders.push_back(folder);
  }
  return join(folders, ":");
}

LibraryPath system_library_path(const Tree& files) {
  std::vector<std::filesystem::path> places = {"/etc/environment", "/etc/profile", "/etc/bash.bashrc"};
  for (const auto& name : files.list("/etc/profile.d")) {
    if (name.ends_with(".sh")) places.push_back(std::filesystem::path("/etc/profile.d") / name);
  }
  LibraryPath found;
  for (const auto& place : places) {
    const auto info = files.info_followed(place);
    if (!info || info->type != FileInfo::Type::regular) continue;
    for (const auto& line : split_lines(files.read(place, 1 << 20).value_or(""))) {
      for (const auto& folder : split(library_path_in(line), ':')) {
        if (folder.empty() || !files.info_followed(folder)) continue;
        if (found.file.empty()) found.file = place.string();
        found.value += (found.value.empty() ? "" : ":") + folder;
      }
    }
  }
  return found;
}

}  // namespace rigsetup
