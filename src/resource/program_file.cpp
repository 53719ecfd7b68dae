// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

bool is_executable(const Tree& tree, const std::filesystem::path& path) {
  const auto info = tree.info_followed(path);
  return info && info->type == FileInfo::Type::regular && (info->mode & 0111) != 0;
}

}  // namespace

std::optional<std::filesystem::path> find_program(const Tree& tree, std::string_view name) {
  if (name.find('/') != std::string_view::npos) {
    return is_executable(tree, name) ? std::optional<std::filesystem::path>(name) : std::nullopt;
  }
  // The PATH that Programs gives to what it runs.
  for (const char* folder : {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}) {
    const auto path = std::filesystem::path(folder) / name;
    if (is_executable(tree, path)) return path;
  }
  return std::nullopt;
}

std::optional<std::filesystem::path> follow_links(const Tree& tree, std::filesystem::path path) {
  for (int links = 0; links < 40; ++links) {  // as many as the kernel follows
    const auto info = tree.info(path);
    if (!info) return std::nullopt;
    if (info->type != FileInfo::Type::symlink) return path;
    path = (path.parent_path() / tree.read_link(path).value_or("")).lexically_normal();
  }
  return std::nullopt;
}

Owner code_owner(const Tree& tree, const std::filesystem::path& path) {
  std::filesystem::path reached;
  for (const auto& component : path) {
    reached /= component;
    const auto info = tree.info_followed(reached);
    if (info && info->owner.uid != 0) return info->owner;
  }
  return {};
}

Owner code_runner(const Tree& tree, const std::filesystem::path& path) {
  constexpr Owner k_nobody{65534, 65534};
  const Owner owner = code_owner(tree, path);
  return owner.uid != 0 ? owner : k_nobody;
}

}  // namespace rigsetup
