// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rigsetup {

/// A kernel module nvidia.ko, under whatever name, that is installed for a kernel.
struct NvidiaModule {
  std::string kernel;
  std::string path;
  std::string version;  ///< empty: it is compressed, and cannot be read here
  std::string flavour;  ///< "open" or "proprietary"; empty likewise
  bool is_signed = false;
};

/// The module that the running kernel has loaded.
struct LoadedNvidia {
  std::string version;  ///< "580.95.05"
  std::string flavour;  ///< "open" or "proprietary"; empty: not known
};
/// /proc/driver/nvidia/version.
LoadedNvidia loaded_nvidia(std::string_view text);

/// A library of the driver, where the dynamic linker finds it.
struct NvidiaLibrary {
  std::string name;     ///< "libcuda.so.1"
  std::string path;     ///< of the file at the end of its links
  std::string version;  ///< of the driver it belongs to; empty: its name does not tell (WSL)
  bool owned = false;   ///< by a package
};

struct NvidiaPackage {
  std::string name;
  std::string version;
  std::string state;           ///< dpkg's: "installed", "half-configured", "config-files", ...
  std::string origin;          ///< package_origin()
  std::string driver_version;  ///< of the driver it is a part of; empty: of none
};

/// Who made a package: "ubuntu", "nvidia", "debian", "ppa" (graphics-drivers) or "other". The maintainer
/// decides, because Ubuntu's release pocket has versions that look like NVIDIA's; then the version.
std::string package_origin(std::string_view version, std::string_view maintainer);
/// "580.95.05" out of "580.95.05-0ubuntu0.22.04.1"; empty for what is not numbered as drivers are.
std::string driver_version(std::string_view package_version);
/// "12.9" of the package "cuda-toolkit-12-9", "12" of "cuda-toolkit-12"; empty for every other one.
std::string toolkit_release(std::string_view package);
/// Must the package be of the driver's own version? Not what is only numbered like a driver: a library for
/// forward compatibility, or tools that any driver takes.
bool is_driver_part(std::string_view name);
/// Is it part of NVIDIA's driver, CUDA or cuDNN?
bool is_nvidia_package(std::string_view name, std::string_view maintainer);

/// The file by which rigsetup itself keeps nouveau from being loaded, where it sets the driver up.
inline constexpr const char* k_nouveau_off = "/etc/modprobe.d/rigsetup-nouveau.conf";
/// Its line where the driver was there before rigsetup, and may be moved only by who brought it.
inline constexpr std::string_view k_driver_of_others = "# The driver was installed by others.";

/// What is installed in the target of NVIDIA's stack, by whatever way it came.
struct NvidiaStack {
  std::vector<NvidiaModule> modules;  ///< by kernel, oldest first
  std::vector<NvidiaLibrary> libraries;
  std::vector<NvidiaPackage> packages;
  std::vector<std::string> run_files;  ///< what NVIDIA's .run installer leaves behind; paths
  std::string nouveau_off;             ///< the file that keeps nouveau from being loaded; empty: none
  bool managed = false;                ///< did rigsetup set the driver up here?
  std::string initramfs_by = {};       ///< the file that has the modules put into each initramfs; empty: none
  bool run_installed() const;          ///< is it there still? Its log alone says that it once was
  bool empty() const { return modules.empty() && libraries.empty() && packages.empty() && run_files.empty(); }
};

}  // namespace rigsetup
