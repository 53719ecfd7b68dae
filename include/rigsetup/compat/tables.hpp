// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/compat/basis.hpp>
#include <rigsetup/compat/clients.hpp>

/// What fits what in NVIDIA's stack, and the clients that bring the rest, as data: the typed view of
/// recipes/compat/*.yaml, recipes/platforms/*.yaml and what an administrator laid in /etc/rigsetup/compat.d.
/// Versions are texts in the order of compare_debian.
namespace rigsetup::compat {

/// Which kernel modules can drive a device.
enum class ModuleRule {
  legacy,            ///< none of a branch that CUDA 12 runs with
  proprietary_only,  ///< Maxwell, Pascal, Volta: no GSP, which the open modules need
  either,            ///< Turing to Hopper
  open_only,         ///< Blackwell, and what sits beside a Grace
  unlisted           ///< newer than the tables: open, with the newest branch there is
};
std::string_view to_string(ModuleRule rule);

/// Device ids of one list or span; the narrowest span that holds an id speaks for it.
template <class T>
struct Span {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  T value;
};

struct ComputeCapability {
  std::string number;        ///< "8.9"
  std::string architecture;  ///< "Ada"
  std::string first_cuda;    ///< empty: not stated
  std::string last_cuda;     ///< empty: still supported
  std::string first_branch;  ///< empty: every branch in the tables
  std::string last_branch;   ///< empty: still supported
  Basis basis;
};

struct DriverBranch {
  std::string number;       ///< "580"
  std::string type;         ///< "lts", "production", "new-feature", "legacy"
  std::string first;        ///< date, as much of it as is known
  std::string last_seen;    ///< newest version when the row was written
  std::string end_of_life;  ///< date; empty: not stated
  Basis basis;
};

/// What a word for a branch means: types in order of preference.
struct BranchWord {
  std::vector<std::string> types;
  bool any_other = false;  ///< and where an archive has none of these, its newest
  Basis basis;
};

struct CudaMajor {
  std::string number;          ///< "12"
  std::string minimum_driver;  ///< every minor of it runs with this one and newer
  bool minor_versions = true;  ///< false: each release needs its own
  Basis basis;
};

struct CudaRelease {
  std::string number;                          ///< "12.9"
  std::string branch;                          ///< native: "575"
  std::string minimum_driver;                  ///< where it differs from its major's
  std::map<std::string, std::string> drivers;  ///< shipped with: "12.9.1" -> "575.57.08"; not minimums
  std::string newest_gcc;                      ///< that nvcc accepts; empty: not stated
  std::map<std::string, std::string> avoid;    ///< "13.2.1" -> why it is never chosen unasked
  Basis basis;
};

struct CudnnLine {
  std::string first;                        ///< "9.11": this line begins here and ends where the next begins
  std::vector<std::string> releases;        ///< "9.28.0.42", oldest first
  std::map<std::string, std::string> cuda;  ///< major -> minimum driver
  std::string oldest_compute;               ///< "7.5"
  std::string newest_compute;               ///< "12.0"
  std::string blackwell_cuda;               ///< least CUDA for compute capability 10.0 and above
  Basis basis;
};

struct Repository {
  std::string uri;
  std::string suite;
  std::vector<std::string> components;
  std::string key_url;  ///< its OpenPGP key
  std::string fingerprint;
  std::string keyring_package;
  std::string keyring_file;    ///< the .deb beside the index
  std::string keyring_sha256;  ///< empty: not known
  std::string keyring_path;    ///< what it installs
};

/// Names of the driver's packages for some branches. "{branch}", "{version}" and "{kernel}" stand for what
/// they say.
struct PackageRow {
  std::string modules;  ///< "open" or "proprietary"
  std::string use;      ///< "desktop" or "headless"; empty: both
  std::string first_branch;
  std::string last_branch;
  std::vector<std::string> pinning;  ///< before the driver, in a transaction of its own
  std::string pinning_version;       ///< the same for one full version
  std::vector<std::string> driver;
  std::vector<std::string> signed_modules;  ///< prebuilt, signed by the distribution
  std::vector<std::string> dkms;
  std::vector<std::string> fabric_manager;
  Basis basis;
};

/// Where a platform can get its driver from.
struct Origin {
  std::string name;   ///< "ubuntu", "nvidia", "debian"
  std::string title;  ///< "Ubuntu's archive"
  Repository repository;
  std::vector<std::string> branches;              ///< that it is known to have
  std::map<std::string, std::string> follows_on;  ///< transitional: "535" -> "580"
  std::vector<PackageRow> packages;
  Basis basis;
};

/// Where a platform can get CUDA toolkits or cuDNN from. "{dashed}" is 12-9, "{major}" 12.
struct LibraryRow {
  std::string origin;
  std::string first;
  std::string last;  ///< beyond these an archive has to bear it out
  std::vector<std::string> packages;
  std::string version;  ///< of the packages, from "{version}"; a last * stands for what is not known
  Basis basis;
};

struct Platform {
  std::string name;   ///< "ubuntu-22.04"
  std::string title;  ///< "Ubuntu 22.04"
  std::vector<std::string> architectures;
  std::string end_of_support;
  std::string compiler;                     ///< the major of what its package g++ stands for
  std::map<std::string, std::string> gcc;   ///< from this kernel on -> the major of the gcc that built it
  std::vector<std::string> build_packages;  ///< for DKMS; "{gcc}" is that major
  std::string headers;                      ///< "linux-headers-{kernel}"
  std::vector<std::string> kernels;         ///< flavours that have a headers meta
  std::vector<std::string> signed_kernels;  ///< flavours that signed modules exist for
  std::map<std::string, std::string> signed_as;  ///< flavour -> the one whose kernel it is
  std::vector<Origin> origins;                   ///< in order of preference
  std::vector<LibraryRow> cuda;
  std::vector<LibraryRow> cudnn;
  Basis basis;

  const Origin* origin(std::string_view name) const;
  /// The gcc that built this kernel; empty: not known.
  std::string gcc_for(std::string_view kernel_release) const;
};

/// A build of a framework for one CUDA.
struct FrameworkBuild {
  std::string cuda;            ///< "12.9"
  std::string oldest_compute;  ///< "7.5": it has kernels for this and what is newer; empty: not known
  std::string newest_compute;  ///< "12.0": and for nothing of a later major; empty: PTX serves those
  Basis basis;
};

/// Where builds of a framework come from.
struct FrameworkChannel {
  std::string name;                   ///< "conda-forge", "pytorch-wheels"
  std::vector<std::string> packages;  ///< that have kernels, and so a build for GPUs; the first is the one
  std::vector<std::string> cpu_packages;  ///< that have none
  std::vector<std::string> for_packages;  ///< that are for it without having kernels themselves
  std::string gpu_build;                  ///< how the build string of one for GPUs looks: "*cuda*"
  std::string url;                        ///< its index; "{label}" is "cu126"; empty: one for all
  std::vector<FrameworkBuild> builds;
  Basis basis;
  std::string cpu_url = {};  ///< the index of builds for the CPU, where they have one of their own
};

struct Framework {
  std::string name;    ///< "pytorch"
  std::string title;   ///< "PyTorch"
  std::string module;  ///< what Python imports
  std::vector<FrameworkChannel> channels;
  Basis basis;

  const FrameworkChannel* channel(std::string_view name) const;
};

/// What is known of one NVIDIA device id.
struct Device {
  std::string id;            ///< "2684"
  std::string name;          ///< "GeForce RTX 4090"; empty: not in the tables
  std::string architecture;  ///< "Ada"; empty: not in the tables
  std::string compute;       ///< "8.9"; empty: not in the tables
  ModuleRule modules = ModuleRule::unlisted;
  bool listed = false;  ///< by its id, not by a span
  /// "the GeForce GTX 1080 (Pascal)", as messages name it.
  std::string text() const;
};

/// All tables. A value: read once, passed by const reference, on any thread.
struct Tables {
  std::vector<Span<ModuleRule>> modules;
  std::vector<Span<std::string>> computes;  ///< -> compute capability
  std::map<std::uint32_t, std::string> names;
  std::map<std::string, ComputeCapability> capabilities;
  std::map<std::string, DriverBranch> branches;
  std::map<std::string, BranchWord> words;
  std::map<std::string, CudaMajor> cuda_majors;
  std::map<std::string, CudaRelease> cuda;
  std::map<std::string, CudnnLine> cudnn;
  std::map<std::string, Platform> platforms;
  std::map<std::string, Framework> frameworks = {};
  Clients clients = {};

  /// `id` in hex, with or without 0x. Never fails: what is in no table is legacy below 1E00 and new above.
  Device device(std::string_view id) const;
  const ComputeCapability* capability(const Device& device) const;
  /// What this release needs at least, by its own row or its major's; empty: not known.
  std::string minimum_driver(const CudaRelease& release) const;
  std::vector<const CudaRelease*> cuda_newest_first() const;
  std::vector<const CudnnLine*> cudnn_newest_first() const;
};

/// A hex device id; nothing if it is none.
std::optional<std::uint32_t> device_number(std::string_view id);

}  // namespace rigsetup::compat
