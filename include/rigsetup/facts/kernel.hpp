// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// "gcc" and "12.3.0", out of the words that the kernel keeps of what built it: the second parentheses of
/// /proc/version, or CONFIG_CC_VERSION_TEXT. Modules must be built by the same major version.
struct Compiler {
  std::string name;
  std::string version;
  bool empty() const { return name.empty(); }
  std::string text() const { return empty() ? "" : name + " " + version; }
};
Compiler compiler_in(std::string_view words);

/// A kernel that is installed in the target, by its release: "5.15.0-122-generic".
struct InstalledKernel {
  std::string release;
  bool image = false;         ///< /boot/vmlinuz-RELEASE: it can boot
  bool modules = false;       ///< /lib/modules/RELEASE
  bool headers = false;       ///< /lib/modules/RELEASE/build leads somewhere: modules can be built for it
  std::string compiler = {};  ///< "gcc 12.3.0"; empty: not known
  bool headers_package = false;  ///< linux-headers-RELEASE is installed
};

struct Kernels {
  std::vector<InstalledKernel> installed;  ///< oldest first
  std::string newest;                      ///< of those with an image; empty: none
  /// The one that boots next; empty where it cannot be told (GRUB_DEFAULT names an entry or is "saved", an
  /// entry is set for the next boot only, or there is no GRUB).
  std::string boots_next;
  /// What the meta package that brings new kernels is called after "linux-image-": "generic-hwe-22.04",
  /// "amd64"; empty: no such package is installed, or several.
  std::string flavour = {};
  /// The one that boots next, as far as it can be told: else the newest.
  const std::string& next() const { return boots_next.empty() ? newest : boots_next; }
};

/// A module that DKMS knows, as far as it got for one kernel.
struct DkmsModule {
  std::string name;
  std::string version;
  std::string state;   ///< "added", "built" or "installed"; "added" alone says that no kernel has it
  std::string kernel;  ///< empty when only added
};

/// The key that DKMS signs modules with and its certificate, whether they were made yet or not; paths.
struct DkmsKey {
  std::string key;
  std::string certificate;
};
DkmsKey dkms_key_of(const Tree& target);

/// Secure Boot as the firmware's variables tell it, and the Machine Owner Keys that shim adds to it.
struct SecureBoot {
  std::string firmware;         ///< "efi" or "legacy"; empty: not known
  bool enabled = false;         ///< are only signed kernels and modules taken?
  bool setup_mode = false;      ///< no platform key is enrolled: anything may be
  bool validation_off = false;  ///< shim was told not to validate (mokutil --disable-validation)
  bool keys_enrolled = false;   ///< are there any Machine Owner Keys?
  bool keys_pending = false;    ///< does an enrolment wait for the screens at the next boot?
  /// Does the kernel take signed modules only?
  bool is_enforced() const { return enabled && !validation_off; }
  /// A key that DKMS signs with, or once did, by its certificate in the target.
  struct Key {
    std::string path;
    bool enrolled = false;
    bool waiting = false;  ///< for the screens at the next boot
    bool in_use = false;   ///< the one that it signs with now
  };
  std::vector<Key> dkms_keys = {};
};

}  // namespace rigsetup
