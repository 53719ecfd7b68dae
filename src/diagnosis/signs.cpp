// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/apt/archive.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/diagnosis/signs.hpp>

#include "diagnosis/kernel_log.hpp"

namespace rigsetup::diagnosis {
namespace {

constexpr std::size_t k_most_of_a_log = 256 << 10;
constexpr const char* k_history = "/var/log/apt/history.log";

/// Issuer of what NVIDIA signed before 2022, as OpenPGP packets hold it.
constexpr std::string_view k_old_key = "\xF6\x0F\x4B\x3D\x7F\xA2\xAF\x80";

std::vector<std::string> keyrings_with_the_old_key(const Tree& tree) {
  std::vector<std::string> paths{"/etc/apt/trusted.gpg"};
  for (const auto& name : tree.list("/etc/apt/trusted.gpg.d"))
    paths.push_back("/etc/apt/trusted.gpg.d/" + name);
  std::erase_if(paths, [&](const std::string& path) {
    const auto info = tree.info_followed(path);
    if (!info || info->type != FileInfo::Type::regular) return true;
    return tree.read_part(path, 0, 1 << 20).value_or("").find(k_old_key) == std::string::npos;
  });
  return paths;
}

std::vector<std::string> cudnn_files(const Tree& tree) {
  std::vector<std::string> folders{"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"};
  for (const auto& name : tree.list("/usr/local")) {
    if (!name.starts_with("cuda-")) continue;  // "cuda" itself is a link to one of them
    for (const char* below : {"/lib64", "/targets/x86_64-linux/lib", "/targets/sbsa-linux/lib"}) {
      folders.push_back("/usr/local/" + name + below);
    }
  }
  std::vector<std::string> files;
  for (const auto& folder : folders) {
    const auto info = tree.info(folder);  // lib64 is a link to targets/...: once is enough
    if (!info || info->type != FileInfo::Type::directory) continue;
    for (const auto& name : tree.list(folder)) {
      if (name.starts_with("libcudnn.so.")) files.push_back(folder + "/" + name);
    }
  }
  return files;
}

/// A lock that cannot be asked for tells nothing.
bool is_dpkg_at_work(const Tree& tree) {
  try {
    return apt::who_changes_packages(tree).has_value();
  } catch (const Error&) {
    return false;
  }
}

/// What DKMS leaves behind of a build that failed; one that went well puts its log elsewhere.
void read_dkms_logs(const Tree& tree, const std::vector<DkmsModule>& modules, std::vector<Text>& texts) {
  for (const auto& module : modules) {
    if (!module.name.starts_with("nvidia")) continue;
    const auto path = "/var/lib/dkms/" + module.name + "/" + module.version + "/build/make.log";
    if (auto log = end_of(tree, path, k_most_of_a_log)) texts.push_back({path, std::move(*log)});
  }
}

}  // namespace

std::vector<Signs::Card> Signs::cards() const {
  std::vector<Card> cards;
  if (!facts.machine) return cards;
  for (const auto& gpu : facts.machine->gpus) {
    if (gpu.is_nvidia()) cards.push_back({gpu, tables.device(gpu.device_id)});
  }
  return cards;
}

Signs look_for_signs(const Host& host, Facts facts, compat::Tables tables) {
  Signs signs{std::move(facts), std::move(tables)};
  signs.changing = is_dpkg_at_work(host.files);
  signs.dpkg = apt::find_repair(host.files);
  signs.repositories = apt::read_repositories(host.files);
  signs.cudnn = cudnn_files(host.files);
  signs.old_keys = keyrings_with_the_old_key(host.files);
  if (host.live() && !host.described && host.files.info("/boot"))
    signs.boot_free = host.files.free_bytes("/boot");
  return signs;
}

void read_logs(const Host& host, Signs& signs) {
  if (auto log = read_kernel_log(host); !log.words.empty()) signs.texts.push_back(std::move(log));
  signs.moved = who_moved_the_driver(end_of(host.files, k_history, k_most_of_a_log).value_or(""));
  read_dkms_logs(host.files, signs.facts.dkms, signs.texts);
}

}  // namespace rigsetup::diagnosis
