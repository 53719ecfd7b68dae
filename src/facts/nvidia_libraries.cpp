// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/text.hpp>

#include "facts/stack.hpp"

namespace rigsetup {
namespace {

constexpr const char* k_folders[] = {"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64",
                                     "/usr/lib", "/usr/lib/wsl/lib"};
constexpr const char* k_names[] = {"libcuda.so.1", "libnvidia-ml.so.1"};

/// The file at the end of a chain of links: Debian's go through /etc/alternatives.
std::filesystem::path end_of_links(const Tree& target, std::filesystem::path path) {
  constexpr int k_most = 16;
  for (int i = 0; i < k_most; ++i) {
    const auto link = target.read_link(path);
    if (!link) break;
    path = (path.parent_path() / *link).lexically_normal();
  }
  return path;
}

/// "libcuda.so.580.95.05" belongs to driver 580.95.05.
std::string version_in(const std::filesystem::path& file) {
  const auto name = file.filename().string();
  const auto at = name.find(".so.");
  return at == std::string::npos ? "" : driver_version(name.substr(at + 4));
}

/// dpkg's list of a package's files; a library of several architectures has its in the name.
bool lists(const Tree& target, const NvidiaPackage& package, const std::filesystem::path& file) {
  constexpr std::string_view k_info = "/var/lib/dpkg/info/";
  for (const char* architecture : {"", ":amd64", ":arm64"}) {
    const auto files = target.read(std::string(k_info) + package.name + architecture + ".list").value_or("");
    const auto lines = split_lines(files);
    // Before /usr was merged, packages had what is in /usr/lib in /lib.
    const auto in_lib = file.string().substr(std::string_view("/usr").size());
    if (std::ranges::find(lines, file.string()) != lines.end()) return true;
    if (std::ranges::find(lines, in_lib) != lines.end()) return true;
  }
  return false;
}

}  // namespace

std::vector<NvidiaLibrary> read_nvidia_libraries(const Tree& target,
                                                 const std::vector<NvidiaPackage>& packages) {
  std::vector<NvidiaLibrary> libraries;
  for (const char* folder : k_folders) {
    for (const char* name : k_names) {
      const auto path = std::filesystem::path(folder) / name;
      if (!target.info_followed(path)) continue;
      NvidiaLibrary library;
      library.name = name;
      const auto file = end_of_links(target, path);
      library.path = file.string();
      library.version = version_in(file);
      library.owned = std::ranges::any_of(
          packages, [&](const NvidiaPackage& package) { return lists(target, package, file); });
      libraries.push_back(std::move(library));
    }
  }
  return libraries;
}

}  // namespace rigsetup
