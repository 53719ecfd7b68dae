// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "diagnosis/catalogue/packages_seen.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::diagnosis {
namespace {

/// An initramfs with the driver's firmware takes up to 132 MiB, and is written beside the one that it
/// replaces.
constexpr std::uint64_t k_room_in_boot = 160ULL << 20;

std::string file_of(const apt::RepositoryFile& file) {
  return file.name == "sources.list" ? "/etc/apt/sources.list" : "/etc/apt/sources.list.d/" + file.name;
}

std::string excerpt_of(const std::vector<std::string>& names) {
  constexpr std::size_t k_most = 5;
  if (names.size() <= k_most) return join(names, ", ");
  return format("{} and {} more", join({names.begin(), names.begin() + k_most}, ", "), names.size() - k_most);
}

/// "cuda", "cuda-12-9", "cuda-runtime-12-9", "cuda-drivers": all but the first bring a driver along.
bool drags_a_driver(std::string_view name) {
  if (name == "cuda" || name.starts_with("cuda-runtime-")) return true;
  constexpr std::string_view k_cuda = "cuda-";
  return name.starts_with(k_cuda) &&
         name.find_first_not_of("0123456789-", k_cuda.size()) == std::string::npos;
}

}  // namespace

Seen half_states(const Signs& signs) {
  Seen seen;
  if (signs.changing) return seen;
  for (const auto& line : signs.dpkg.broken) seen.push_back({"/var/lib/dpkg/status", line});
  if (signs.dpkg.journal_left) seen.push_back({"/var/lib/dpkg/updates", "a change that was not finished"});
  return seen;
}

Seen two_keys_for_one_place(const Signs& signs) {
  struct Entry {
    std::string file;
    std::string key;
  };
  std::map<std::string, std::vector<Entry>> places;
  for (const auto& file : signs.repositories) {
    for (const auto& repository : file.repositories) {
      for (const auto& place : repository.places()) {
        places[place].push_back({file_of(file), repository.get("Signed-By")});
      }
    }
  }
  Seen seen;
  for (const auto& [place, entries] : places) {
    const auto& first = entries.front();
    const auto other = std::ranges::find_if(entries, [&](const Entry& one) { return one.key != first.key; });
    if (other == entries.end()) continue;
    seen.push_back({place, format("{} and {}", first.file, other->file)});
  }
  return seen;
}

Seen old_key(const Signs& signs) {
  Seen seen;
  for (const auto& path : signs.old_keys) seen.push_back({path, "the key 7fa2af80"});
  return seen;
}

Seen machine_learning_repository(const Signs& signs) {
  Seen seen;
  for (const auto& file : signs.repositories) {
    for (const auto& repository : file.repositories) {
      const auto uris = repository.get("URIs");
      if (uris.find("/machine-learning/repos/") != std::string::npos) seen.push_back({file_of(file), uris});
    }
  }
  return seen;
}

Seen two_origins(const Signs& signs) {
  std::map<std::string, std::vector<std::string>> origins;
  for (const auto& package : signs.facts.nvidia.packages) {
    if (package.driver_version.empty() || package.state == "config-files" || !is_driver_part(package.name)) {
      continue;
    }
    if (package.origin != "other") origins[package.origin].push_back(package.name);
  }
  Seen seen;
  if (origins.size() < 2) return seen;
  for (const auto& [origin, names] : origins) seen.push_back({"from " + origin, excerpt_of(names)});
  return seen;
}

/// Of others a package may be left or be of a version of its own: firmware, Debian's nvidia-persistenced.
bool makes_a_driver(const std::string& name) {
  return name == "libcuda1" || name.starts_with("libnvidia-compute") || name.starts_with("nvidia-kernel-") ||
         name.starts_with("linux-modules-nvidia-") || name.find("-dkms") != std::string::npos;
}

Seen two_drivers(const Signs& signs) {
  auto parts = driver_parts(signs);
  std::erase_if(parts, [](const auto& part) { return std::ranges::none_of(part.second, makes_a_driver); });
  std::set<std::string> branches;
  for (const auto& [version, names] : parts) branches.insert(version.substr(0, version.find('.')));
  Seen seen;
  if (branches.size() < 2) return seen;
  for (const auto& [version, names] : parts) seen.push_back({"of driver " + version, excerpt_of(names)});
  return seen;
}

Seen metas_with_a_driver(const Signs& signs) {
  Seen seen;
  for (const auto& package : signs.facts.nvidia.packages) {
    if (package.state != "installed" || !drags_a_driver(package.name)) continue;
    seen.push_back({"/var/lib/dpkg/status", format("{} {}", package.name, package.version)});
  }
  return seen;
}

Seen little_room_in_boot(const Signs& signs) {
  if (!signs.facts.has_nvidia_gpu() || !signs.boot_free || *signs.boot_free >= k_room_in_boot) return {};
  return {{"/boot", format("{} free, {} kernels", human_bytes(*signs.boot_free),
                           signs.facts.kernels.installed.size())}};
}

Seen run_file_left(const Signs& signs) {
  Seen seen;
  if (in_container(signs)) return seen;
  if (signs.facts.nvidia.run_installed()) {
    for (const auto& path : signs.facts.nvidia.run_files) seen.push_back({path, "there"});
  }
  for (const auto& library : signs.facts.nvidia.libraries) {
    // On WSL Windows brings them, under names without a version.
    if (library.owned || library.version.empty()) continue;
    seen.push_back({library.path, "belongs to no package"});
  }
  return seen;
}

}  // namespace rigsetup::diagnosis
