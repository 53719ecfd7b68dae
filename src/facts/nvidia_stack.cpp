// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/text.hpp>

#include "facts/lines.hpp"
#include "facts/stack.hpp"

namespace rigsetup {
namespace {

/// What the .run installer (NVIDIA/nvidia-installer) leaves: its programs, its log, its backups.
constexpr const char* k_run_log = "/var/log/nvidia-installer.log";
constexpr const char* k_run_files[] = {"/usr/bin/nvidia-installer", "/usr/bin/nvidia-uninstall",
                                       "/var/lib/nvidia/log", k_run_log};

std::vector<NvidiaPackage> nvidia_packages(const std::vector<DpkgPackage>& all) {
  std::vector<NvidiaPackage> packages;
  for (const auto& package : all) {
    if (package.state == "not-installed" || !is_nvidia_package(package.name, package.maintainer)) continue;
    packages.push_back({package.name, package.version, package.state,
                        package_origin(package.version, package.maintainer),
                        is_driver_part(package.name) ? driver_version(package.version) : std::string()});
  }
  return packages;
}

}  // namespace

bool NvidiaStack::run_installed() const {
  return std::ranges::any_of(run_files, [](const std::string& file) { return file != k_run_log; });
}

NvidiaStack read_nvidia_stack(const Tree& target, const Kernels& kernels,
                              const std::vector<DpkgPackage>& packages) {
  NvidiaStack stack;
  for (const auto& kernel : kernels.installed) {
    for (auto& module : read_nvidia_modules(target, kernel.release)) {
      stack.modules.push_back(std::move(module));
    }
  }
  stack.packages = nvidia_packages(packages);
  stack.libraries = read_nvidia_libraries(target, stack.packages);
  for (const char* file : k_run_files) {
    if (target.info(file)) stack.run_files.emplace_back(file);
  }
  stack.nouveau_off = nouveau_off_by(target);
  stack.initramfs_by = nvidia_initramfs_by(target);
  const auto nouveau_off = target.read(k_nouveau_off, 1 << 16);
  stack.managed = nouveau_off && nouveau_off->find(k_driver_of_others) == std::string::npos;
  return stack;
}

}  // namespace rigsetup
