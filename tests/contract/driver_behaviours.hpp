// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include "tests/contract/rig.hpp"

/// What the driver's packages leave, and the programs that make its modules, load them and sign them.
namespace rigsetup::test {

void add_kernel(const Rig& rig, const std::string& release);  ///< with headers and an initramfs
/// The driver's libraries, and a file that keeps nouveau away.
void add_driver_files(const Rig& rig, const std::string& version);
/// Writes a file anew until the clock of the file system has gone on.
void change_later(const Rig& rig, const std::filesystem::path& path, const std::filesystem::path& than);
/// DKMS with the source of the driver: it compresses what it builds. And update-initramfs.
void add_dkms(Rig& rig, const std::string& name, const std::string& version);
/// modprobe: the module is of the version of libcuda, and takes the GPU at 0000:01:00.0.
void add_modprobe(Rig& rig);
/// A machine with Secure Boot on, with openssl and a mokutil that puts keys before the firmware.
void add_secure_boot(Rig& rig);
/// A new boot: somebody answers the firmware's screens, or they pass.
void reboot(Rig& rig, bool with_screens = true);

}  // namespace rigsetup::test
