// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <map>

#include <rigsetup/base/text.hpp>

#include "facts/lines.hpp"
#include "facts/stack.hpp"

namespace rigsetup {
namespace {

/// modprobe.d(5): of files with one name, the first folder's counts.
std::map<std::string, std::filesystem::path> modprobe_files(const Tree& target) {
  std::map<std::string, std::filesystem::path> files;
  for (const std::filesystem::path folder :
       {"/etc/modprobe.d", "/run/modprobe.d", "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d"}) {
    for (const auto& name : target.list(folder)) {
      if (name.ends_with(".conf")) files.emplace(name, folder / name);
    }
  }
  return files;
}

/// "blacklist" is enough: nouveau is loaded by the alias of the card only. "alias nouveau off" and "install
/// nouveau /bin/false" go beyond that.
bool says_off(const std::string& text) {
  for (const auto& line : split_lines(text)) {
    const auto words = split_words(line);
    if (words.size() < 2 || words[1] != "nouveau") continue;
    if (words[0] == "blacklist") return true;
    if (words.size() > 2 && words[0] == "alias" && words[2] == "off") return true;
    if (words.size() > 2 && words[0] == "install" && words[2].ends_with("/false")) return true;
  }
  return false;
}

}  // namespace

std::string nouveau_off_by(const Tree& target) {
  for (const auto& [name, path] : modprobe_files(target)) {
    if (says_off(text_of(target, path))) return path.string();
  }
  return "";
}

}  // namespace rigsetup
