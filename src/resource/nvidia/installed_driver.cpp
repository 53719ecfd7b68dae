// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/nvidia/installed_driver.hpp"

#include "resource/nvidia/dkms.hpp"

namespace rigsetup {

std::string installed_driver(const NvidiaStack& stack) {
  for (const NvidiaLibrary& library : stack.libraries) {
    if (!library.version.empty()) return library.version;
  }
  for (const NvidiaPackage& package : stack.packages) {
    if (package.state == "installed" && !package.driver_version.empty()) return package.driver_version;
  }
  return "";
}

std::string module_for(const Facts& facts, std::string_view kernel) {
  for (const NvidiaModule& module : facts.nvidia.modules) {
    if (module.kernel != kernel) continue;
    const std::string version = module.version.empty() ? dkms_version_for(facts, kernel) : module.version;
    return version.empty() ? "?" : version;
  }
  return "";
}

bool takes_signed_only(const Facts& facts) {
  return facts.machine && facts.machine->secure_boot.is_enforced();
}

}  // namespace rigsetup
