// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/system/nvidia_driver.hpp"

#include <iterator>
#include <utility>

#include <rigsetup/base/format.hpp>

#include "tests/system/driver_packages.hpp"

namespace rigsetup::test {
namespace {

const std::string k_maintainer = "cudatools <cudatools@nvidia.com>";

std::string branch_of(const std::string& version) { return version.substr(0, version.find('.')); }

Deb deb(const DriverRelease& release, const std::string& name, const std::string& depends = {}) {
  Deb made;
  made.name = name;
  made.version = release.version();
  made.fields.emplace_back("Maintainer", k_maintainer);
  if (!depends.empty()) made.fields.emplace_back("Depends", depends);
  return made;
}

/// The metas of one branch, where names have it, and the ones that move on with every branch.
void add_metas(const DriverRelease& release, std::vector<Deb>& packages) {
  const std::string least = format("(>= {})", release.upstream);
  const std::pair<std::string, std::string> metas[] = {{"nvidia-open", "-open"}, {"cuda-drivers", ""}};
  for (const auto& [meta, flavour] : metas) {
    const std::string other = meta == "nvidia-open" ? "cuda-drivers" : "nvidia-open";
    std::string needs = format("nvidia-driver{} {}", flavour, least);
    if (!release.suffix.empty()) {
      const std::string branch = branch_of(release.upstream);
      Deb numbered =
          deb(release, meta + release.suffix,
              format("nvidia-driver-{0}{1} {2} | nvidia-driver-{0}-server{1} {2}", branch, flavour, least));
      numbered.fields.emplace_back("Conflicts", other + release.suffix);
      needs = format("{} {}", numbered.name, least);
      packages.push_back(std::move(numbered));
    }
    Deb whole = deb(release, meta, needs);
    whole.fields.emplace_back("Conflicts", other);
    packages.push_back(std::move(whole));
  }
}

}  // namespace

std::vector<Deb> nvidia_driver(const std::string& upstream) {
  const std::string branch = branch_of(upstream);
  const bool numbered = branch <= "580";
  const DriverRelease release{numbered ? "-" + branch : "",
                              upstream,
                              branch < "580" ? "0ubuntu1" : "1ubuntu1",
                              k_maintainer,
                              false,
                              true};
  std::vector<Deb> packages = driver_packages(release);
  add_metas(release, packages);
  for (const char* name : {"nvidia-modprobe", "libxnvctrl0"}) packages.push_back(deb(release, name));
  packages.push_back(deb(release, "nvidia-settings", format("libxnvctrl0 (= {})", release.version())));
  packages.push_back(
      deb(release, branch < "580" ? "nvidia-fabricmanager-" + branch : "nvidia-fabricmanager"));
  return packages;
}

Deb nvidia_pinning(const std::string& track) {
  const bool of_branch = track.find('.') == std::string::npos;
  Deb pinning;
  pinning.name = "nvidia-driver-pinning-" + track;
  pinning.version = track + (of_branch ? "-2ubuntu1" : "-1ubuntu1");
  pinning.fields = {{"Maintainer", k_maintainer},
                    {"Provides", "nvidia-driver-pinning"},
                    {"Conflicts", "nvidia-driver-pinning"},
                    {"Replaces", "nvidia-driver-pinning"}};
  const std::string file = "/etc/apt/preferences.d/nvidia-driver-pin";
  pinning.files = {{file, format("Package: *nvidia* cuda-drivers* libxnvctrl0\nPin: version {}{}\n"
                                 "Pin-Priority: 1000\n",
                                 track, of_branch ? ".*" : "-*")}};
  pinning.conffiles = {file};
  return pinning;
}

}  // namespace rigsetup::test
