// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <utility>

#include <rigsetup/base/text.hpp>
#include <rigsetup/facts/nvidia.hpp>

namespace rigsetup {
namespace {

/// Ends of the addresses of maintainers.
constexpr std::pair<std::string_view, std::string_view> k_maintainers[] = {
    {"@nvidia.com>", "nvidia"},
    {"@lists.ubuntu.com>", "ubuntu"},
    {"@ubuntu.com>", "ubuntu"},
    {"@canonical.com>", "ubuntu"},
    {"@debian.org>", "debian"},
    {"debian.net>", "debian"},
    {"@lists.alioth.debian.org>", "debian"},
};

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool ends_in_revision_of_nvidia(std::string_view version) {  // "-0ubuntu1"
  const auto at = version.rfind("ubuntu");
  return at != std::string_view::npos && all_digits(version.substr(at + 6));
}

}  // namespace

std::string package_origin(std::string_view version, std::string_view maintainer) {
  if (version.find("~gpu") != std::string_view::npos) return "ppa";
  for (const auto& [end, origin] : k_maintainers) {
    if (maintainer.ends_with(end)) return std::string(origin);
  }
  if (version.find("ubuntu0.") != std::string_view::npos) return "ubuntu";
  if (version.find("+deb") != std::string_view::npos || version.find("~deb") != std::string_view::npos) {
    return "debian";
  }
  return ends_in_revision_of_nvidia(version) ? "nvidia" : "other";
}

std::string driver_version(std::string_view package_version) {
  if (const auto epoch = package_version.find(':'); epoch != std::string_view::npos) {
    package_version.remove_prefix(epoch + 1);
  }
  const auto upstream = package_version.substr(0, package_version.find_first_of("-+~"));
  const auto parts = split(upstream, '.');  // "580.95.05", formerly "470.42"
  if (parts.size() < 2 || parts.size() > 3 || parts[0].size() != 3) return "";
  for (const auto& part : parts) {
    if (!all_digits(part) || part.size() < 2) return "";
  }
  return std::string(upstream);
}

std::string toolkit_release(std::string_view package) {
  constexpr std::string_view k_prefix = "cuda-toolkit-";
  if (!package.starts_with(k_prefix)) return "";
  std::string release(package.substr(k_prefix.size()));
  std::ranges::replace(release, '-', '.');
  return release.find_first_not_of("0123456789.") == std::string::npos ? release : "";
}

bool is_driver_part(std::string_view name) {
  constexpr std::string_view k_others[] = {"cuda-compat-", "libxnvctrl", "nvidia-settings", "nvidia-modprobe",
                                           "nvidia-prime"};
  return std::none_of(std::begin(k_others), std::end(k_others),
                      [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool is_nvidia_package(std::string_view name, std::string_view maintainer) {
  constexpr std::string_view k_prefixes[] = {"nvidia-",
                                             "libnvidia-",
                                             "linux-modules-nvidia-",
                                             "linux-objects-nvidia-",
                                             "linux-signatures-nvidia-",
                                             "xserver-xorg-video-nvidia",
                                             "cuda-",
                                             "libcuda",
                                             "libcudnn",
                                             "cudnn",
                                             "libnvcuvid",
                                             "libnvoptix",
                                             "libxnvctrl",
                                             "firmware-nvidia-"};
  return name == "cuda" || maintainer.ends_with("@nvidia.com>") ||
         std::any_of(std::begin(k_prefixes), std::end(k_prefixes),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace rigsetup
