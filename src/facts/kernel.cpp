// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <set>

#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>
#include <rigsetup/facts/kernel.hpp>

#include "facts/lines.hpp"
#include "facts/stack.hpp"

namespace rigsetup {
namespace {

constexpr std::string_view k_image = "vmlinuz-";

std::set<std::string> releases_in(const Tree& target) {
  std::set<std::string> releases;
  for (const auto& name : target.list("/boot")) {
    if (name.starts_with(k_image)) releases.insert(name.substr(k_image.size()));
  }
  for (const auto& name : target.list("/lib/modules")) releases.insert(name);
  return releases;
}

std::string compiler_of(const Tree& target, const std::string& release) {
  for (const auto& line : split_lines(text_of(target, "/boot/config-" + release))) {
    const auto [key, value] = key_value(line, '=');
    if (key == "CONFIG_CC_VERSION_TEXT") return compiler_in(without_quotes(value)).text();
  }
  return "";
}

InstalledKernel read_kernel(const Tree& target, const std::vector<DpkgPackage>& packages,
                            const std::string& release) {
  InstalledKernel kernel;
  kernel.release = release;
  kernel.image = target.info("/boot/" + std::string(k_image) + release).has_value();
  kernel.modules = target.info("/lib/modules/" + release).has_value();
  kernel.headers = target.info_followed("/lib/modules/" + release + "/build").has_value();
  kernel.compiler = compiler_of(target, release);
  const std::string headers = "linux-headers-" + release;
  kernel.headers_package = std::ranges::any_of(packages, [&](const DpkgPackage& package) {
    return package.state == "installed" && package.name == headers;
  });
  return kernel;
}

/// The last GRUB_DEFAULT that counts: files in grub.d are read after /etc/default/grub, in their order.
std::string grub_default(const Tree& target) {
  std::string found;
  const auto read = [&](const std::filesystem::path& file) {
    for (const auto& line : split_lines(text_of(target, file))) {
      const auto [key, value] = key_value(line, '=');
      if (key == "GRUB_DEFAULT") found = without_quotes(value);
    }
  };
  read("/etc/default/grub");
  for (const auto& name : target.list("/etc/default/grub.d")) {
    if (name.ends_with(".cfg")) read("/etc/default/grub.d/" + name);
  }
  return found;
}

/// Is an entry set for the next boot only (grub-reboot)?
bool next_entry_is_set(const Tree& target) {
  for (const auto& line : split_lines(text_of(target, "/boot/grub/grubenv"))) {
    const auto [key, value] = key_value(line, '=');
    if (key == "next_entry" && !value.empty()) return true;
  }
  return false;
}

/// GRUB's first entry is the newest kernel.
bool boots_newest(const Tree& target) { return grub_default(target) == "0" && !next_entry_is_set(target); }

/// Is it the meta of that kernel? "6.8.0-135.135~22.04.1" and "6.8.0.135.135" are of "6.8.0-135-generic".
bool is_meta_of(std::string version, std::string kernel) {
  std::ranges::replace(version, '-', '.');
  std::ranges::replace(kernel, '-', '.');
  const std::string number = kernel.substr(0, kernel.find_last_of('.') + 1);
  return !number.empty() && version.starts_with(number);
}

/// Of "linux-image-generic-hwe-22.04", not of "linux-image-5.15.0-122-generic"; of several, that of the
/// newest kernel.
std::string flavour_of(const std::vector<DpkgPackage>& packages, const std::string& newest) {
  constexpr std::string_view k_prefix = "linux-image-";
  std::vector<std::string> flavours;
  std::vector<std::string> of_newest;
  for (const auto& package : packages) {
    if (!package.name.starts_with(k_prefix) || package.state != "installed") continue;
    const auto rest = package.name.substr(k_prefix.size());
    const bool of_one_kernel =
        rest.find_first_of("0123456789") < rest.find('-') && rest.find('.') < rest.find('-');
    if (of_one_kernel || rest.starts_with("unsigned-") || rest.starts_with("extra-")) continue;
    if (is_meta_of(package.version, newest)) of_newest.push_back(rest);
    flavours.push_back(rest);
  }
  if (flavours.size() == 1) return flavours.front();
  return of_newest.size() == 1 ? of_newest.front() : "";
}

}  // namespace

/// "x86_64-linux-gnu-gcc-12 (Ubuntu 12.3.0-1ubuntu1~22.04) 12.3.0": the version is the first word that is
/// only that; older kernels and clang say "version" before it, with a revision behind.
Compiler compiler_in(std::string_view words) {
  std::string text(words);
  std::ranges::replace_if(
      text, [](char c) { return c == '(' || c == ')' || c == ','; }, ' ');
  Compiler compiler;
  bool said_version = false;
  for (const auto& word : split_words(text)) {
    if (compiler.name.empty()) {
      if (word.find('@') != std::string::npos) continue;  // who built it, and where
      if (word.find("gcc") != std::string::npos) compiler.name = "gcc";
      if (word.find("clang") != std::string::npos) compiler.name = "clang";
      continue;
    }
    compiler.version = word.substr(0, word.find_first_not_of("0123456789."));
    const bool whole = compiler.version.size() == word.size() || said_version;
    if (whole && compiler.version.find('.') != std::string::npos) return compiler;
    said_version = word == "version";
  }
  return {};
}

Kernels read_kernels(const Tree& target, const std::vector<DpkgPackage>& packages) {
  Kernels kernels;
  for (const auto& release : releases_in(target))
    kernels.installed.push_back(read_kernel(target, packages, release));
  std::ranges::sort(kernels.installed,
                    [](const auto& a, const auto& b) { return compare_debian(a.release, b.release) < 0; });
  for (const auto& kernel : kernels.installed) {
    if (kernel.image) kernels.newest = kernel.release;
  }
  if (boots_newest(target)) kernels.boots_next = kernels.newest;
  kernels.flavour = flavour_of(packages, kernels.newest);
  return kernels;
}

}  // namespace rigsetup
