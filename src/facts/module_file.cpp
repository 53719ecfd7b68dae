// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// nvidia.ko is up to 100 MB: only its headers and one section are read.
#include <algorithm>
#include <cstring>

#include <elf.h>

#include <rigsetup/base/text.hpp>

#include "facts/stack.hpp"

namespace rigsetup {
namespace {

constexpr std::string_view k_signature_mark =
    "~Module signature appended~\n";  // include/linux/module_signature.h
constexpr std::uint64_t k_largest_section = 1 << 20;
constexpr std::uint64_t k_largest_module = 1 << 30;
constexpr std::size_t k_most_sections = 4096;

/// The file that was opened may be anything: each structure is there whole, or it is not there.
template <class T>
std::optional<T> structure_at(const Tree& target, const std::filesystem::path& path, std::uint64_t offset) {
  if (offset > k_largest_module) return std::nullopt;
  const auto bytes = target.read_part(path, offset, sizeof(T));
  if (!bytes || bytes->size() != sizeof(T)) return std::nullopt;
  T result;
  std::memcpy(&result, bytes->data(), sizeof(T));
  return result;
}

std::string section_text(const Tree& target, const std::filesystem::path& path, const Elf64_Shdr& section) {
  if (section.sh_size > k_largest_section || section.sh_offset > k_largest_module) return "";
  return target.read_part(path, section.sh_offset, section.sh_size).value_or("");
}

std::string modinfo_of(const Tree& target, const std::filesystem::path& path, const Elf64_Ehdr& header) {
  const auto section = [&](std::size_t index) {
    return structure_at<Elf64_Shdr>(target, path, header.e_shoff + index * sizeof(Elf64_Shdr));
  };
  const auto names_header = section(header.e_shstrndx);
  if (!names_header) return "";
  const auto names = section_text(target, path, *names_header);
  for (std::size_t i = 0; i < std::min<std::size_t>(header.e_shnum, k_most_sections); ++i) {
    const auto one = section(i);
    if (!one || one->sh_name >= names.size()) return "";
    if (std::string_view(names.c_str() + one->sh_name) == ".modinfo") return section_text(target, path, *one);
  }
  return "";
}

bool is_signed(const Tree& target, const std::filesystem::path& path) {
  const auto info = target.info_followed(path);
  if (!info || info->size < k_signature_mark.size()) return false;
  return target.read_part(path, info->size - k_signature_mark.size(), k_signature_mark.size()) ==
         k_signature_mark;
}

}  // namespace

std::optional<ModuleFile> read_module_file(const Tree& target, const std::filesystem::path& path) {
  const auto info = target.info_followed(path);
  if (!info || info->type != FileInfo::Type::regular) return std::nullopt;
  const auto header = structure_at<Elf64_Ehdr>(target, path, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_shentsize != sizeof(Elf64_Shdr)) {
    return std::nullopt;
  }
  ModuleFile module;
  for (const auto& line : split(modinfo_of(target, path, *header), '\0')) {
    const std::string_view text = line;
    if (text.starts_with("version=")) module.version = text.substr(8);
    if (text.starts_with("license=")) module.license = text.substr(8);
  }
  module.is_signed = is_signed(target, path);
  return module;
}

}  // namespace rigsetup
