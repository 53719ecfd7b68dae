// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/text.hpp>

#include "facts/lines.hpp"
#include "facts/stack.hpp"

namespace rigsetup {

/// By initramfs-tools(7): a hook such as Ubuntu's framebuffer-nvidia, or a list of modules.
std::string nvidia_initramfs_by(const Tree& target) {
  for (const std::filesystem::path folder : {"/etc/initramfs-tools", "/usr/share/initramfs-tools"}) {
    for (const auto& name : target.list(folder / "hooks")) {
      if (name.find("nvidia") != std::string::npos) return folder / "hooks" / name;
    }
    std::vector<std::filesystem::path> lists = {folder / "modules"};
    for (const auto& name : target.list(folder / "modules.d")) lists.push_back(folder / "modules.d" / name);
    for (const auto& list : lists) {
      for (const auto& line : split_lines(text_of(target, list))) {
        if (trim(line).starts_with("nvidia")) return list;
      }
    }
  }
  return "";
}

}  // namespace rigsetup
