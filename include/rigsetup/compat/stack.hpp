// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <rigsetup/base/version.hpp>
#include <rigsetup/compat/tables.hpp>

namespace rigsetup::compat {

/// One version of a package that can be had, and from which of the platform's origins.
struct Offer {
  std::string package;
  std::string version;
  std::string origin;
  std::vector<PackageName> needs = {};  ///< versions of other packages, as far as they are known
  bool installed = false;
};

/// A kernel that can boot beside the newest.
struct OtherKernel {
  std::string release;           ///< "5.15.0-164-generic"
  bool headers = false;          ///< modules can be built for it
  bool headers_package = false;  ///< linux-headers-RELEASE is installed
};

/// What is asked for, and of which machine.
struct Wishes {
  std::string platform;  ///< "ubuntu-22.04"
  std::string architecture = "amd64";
  std::vector<std::string> gpus;  ///< device ids of the NVIDIA GPUs; empty: none, or not known
  bool secure_boot = false;
  bool enrolment = true;       ///< somebody can answer the firmware's screens that enrol a key
  std::string kernel;          ///< release, "6.8.0-136-generic"
  std::string kernel_flavour;  ///< "generic-hwe-22.04": the meta package that it follows; empty: none
  bool headless = false;
  bool nvswitch = false;
  std::string branch;             ///< a word, a number or a full version; empty: no driver is asked for
  std::string modules = "auto";   ///< or "open", "proprietary"
  std::string origin = "auto";    ///< or "ubuntu", "nvidia", "debian"
  std::vector<std::string> cuda;  ///< "13", "12.9", "12.9.1", "latest"; the first is the default one
  std::string cudnn;              ///< "9", "9.10", "9.10.2.21", "8", "latest"; empty: none
  std::string installed_driver;   ///< "535.309.01", where it is to be left alone; `branch` may be its number
  std::string installed_origin;   ///< whose packages are there already
  std::string today;              ///< "2026-11-26", for ends of life; empty: nothing has ended
  std::optional<std::vector<Offer>> offers;  ///< what the archives have; nothing: nobody has looked yet
  bool dkms = false;  ///< modules that DKMS builds are installed, and are to be left alone
  std::vector<OtherKernel> other_kernels = {};
};

struct Package {
  std::string name;
  std::string version;  ///< empty: whatever is newest where the origin is the chosen one
  bool operator==(const Package&) const = default;
};

/// One thing that was decided: what, why in one sentence for the person at the terminal, and what it takes.
struct Choice {
  std::string value;
  std::string reason;
  std::vector<Package> packages;
};

/// What fits. Members that were not asked for are empty.
struct Stack {
  Choice branch;   ///< "580"; packages: what pins it, to be installed before the driver
  Choice origin;   ///< "ubuntu"
  Choice modules;  ///< "open"
  Choice signing;  ///< "distribution" (prebuilt) or "dkms"; packages: modules, or headers, compiler and DKMS
  Choice driver;   ///< a version if one is known, else the branch
  bool enrolment = false;  ///< the key that signs DKMS modules has to be enrolled at the console
  Choice fabric_manager;
  std::vector<Choice> cuda;           ///< "12.9", in the order of the wishes
  Choice cudnn;                       ///< "9.10.2.21"
  std::string driver_repository;      ///< name of an origin of the platform
  std::string library_repository;     ///< the same for CUDA and cuDNN
  std::vector<std::string> warnings;  ///< sentences
  bool unpinned = false;              ///< the archives have no package that keeps the driver at its branch
  std::vector<std::string> left_out =
      {};  ///< device ids of the GPUs that stay without a driver beside the others
  /// Modules, or headers for DKMS, of the kernels that are not the newest, as far as the archives have them
  /// for this driver.
  std::vector<Package> other_kernels = {};
};

/// Why not, and the nearest wish that would do.
struct Refusal {
  std::string wish;          ///< name of the member of Wishes that cannot be had: "cuda"
  std::string asked;         ///< "13"
  std::string reason;        ///< a sentence without its full stop
  std::string nearest;       ///< "12.9"; empty: there is none
  std::string hint;          ///< what to do, as hints are written
  std::string text() const;  ///< "reason (hint)"
};

/// A driver that is installed as a row of the tables names its packages.
struct InstalledDriver {
  std::string version;  ///< "580.159.03"
  std::string branch;   ///< "580"
  std::string origin;   ///< "ubuntu"
  std::string modules;  ///< "open"
  std::string use;      ///< "desktop" or "headless"; empty: one set of packages serves both
  bool dkms = false;    ///< DKMS builds its modules, although the distribution could have built ones
  std::vector<std::string> packages = {};  ///< that make it whole
};

/// Pure: the driver that these packages are; nothing where they are none, or not whole.
std::optional<InstalledDriver> installed_driver(const Tables& tables, const std::string& platform,
                                                const std::vector<Offer>& packages);

/// Pure: is it what the wishes ask for in branch, modules and origin? Whether it fits is not asked.
bool is_within(const InstalledDriver& driver, const Tables& tables, const Wishes& wishes);

/// Pure: what fits the machine and the wishes. The first wish that cannot be had is refused.
std::variant<Stack, Refusal> choose_stack(const Tables& tables, const Wishes& wishes);

}  // namespace rigsetup::compat
