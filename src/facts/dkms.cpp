// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// The tree that dkms keeps, as its own `dkms status` reads it (is_module_added, is_module_built and
// is_module_installed in dkms.in):
//
//     /var/lib/dkms/NAME/VERSION/source                      added
//     /var/lib/dkms/NAME/VERSION/KERNEL/ARCH/module/*.ko*    built
//     /var/lib/dkms/NAME/kernel-KERNEL-ARCH -> VERSION/KERNEL/ARCH      installed
#include <rigsetup/base/text.hpp>

#include "facts/stack.hpp"

namespace rigsetup {
namespace {

const std::filesystem::path k_dkms = "/var/lib/dkms";

bool is_folder(const Tree& target, const std::filesystem::path& path) {
  const auto info = target.info(path);
  return info && info->type == FileInfo::Type::directory;
}

/// Folders of a version are "source", "build" and one for each kernel.
void read_version(const Tree& target, const std::string& name, const std::string& version,
                  std::vector<DkmsModule>& modules) {
  const auto folder = k_dkms / name / version;
  bool any = false;
  for (const auto& kernel : target.list(folder)) {
    if (kernel == "source" || kernel == "build" || !is_folder(target, folder / kernel)) continue;
    for (const auto& architecture : target.list(folder / kernel)) {
      if (target.list(folder / kernel / architecture / "module").empty()) continue;
      const auto link = target.read_link(k_dkms / name / ("kernel-" + kernel + "-" + architecture));
      const bool installed =
          link && std::filesystem::path(*link) == std::filesystem::path(version) / kernel / architecture;
      modules.push_back({name, version, installed ? "installed" : "built", kernel});
      any = true;
    }
  }
  if (!any && target.info(folder / "source")) modules.push_back({name, version, "added", ""});
}

}  // namespace

std::vector<DkmsModule> read_dkms(const Tree& target) {
  std::vector<DkmsModule> modules;
  for (const auto& name : target.list(k_dkms)) {
    if (!is_folder(target, k_dkms / name)) continue;  // "dkms_dbversion", keys
    for (const auto& version : target.list(k_dkms / name)) {
      if (is_folder(target, k_dkms / name / version)) read_version(target, name, version, modules);
    }
  }
  return modules;
}

}  // namespace rigsetup
