// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <rigsetup/facts/facts.hpp>

namespace rigsetup {

/// A stanza of /var/lib/dpkg/status, as far as facts need it.
struct DpkgPackage {
  std::string name;
  std::string state;  ///< "installed", "half-configured", "config-files", ...
  std::string architecture;
  std::string version;
  std::string maintainer;
};
std::vector<DpkgPackage> read_dpkg(const Tree& target);

Kernels read_kernels(const Tree& target, const std::vector<DpkgPackage>& packages = {});
/// The tree below /var/lib/dkms; DKMS itself reads its state from there.
std::vector<DkmsModule> read_dkms(const Tree& target);
NvidiaStack read_nvidia_stack(const Tree& target, const Kernels& kernels,
                              const std::vector<DpkgPackage>& packages);

std::vector<NvidiaModule> read_nvidia_modules(const Tree& target, const std::string& kernel);
std::vector<NvidiaLibrary> read_nvidia_libraries(const Tree& target,
                                                 const std::vector<NvidiaPackage>& packages);
/// The file, or "/proc/cmdline", that keeps nouveau from being loaded.
std::string nouveau_off_by(const Tree& target);
/// The hook or list that has NVIDIA's modules put into each initramfs; empty: nothing does.
std::string nvidia_initramfs_by(const Tree& target);

/// What `modinfo` shows of a module: the section .modinfo of its ELF file, "version=580.95.05" and the like.
/// Nothing for what is no ELF file of 64 bits, as a compressed module.
struct ModuleFile {
  std::string version;
  std::string license;
  bool is_signed = false;
};
std::optional<ModuleFile> read_module_file(const Tree& target, const std::filesystem::path& path);

}  // namespace rigsetup
