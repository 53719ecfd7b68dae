// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <set>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>

#include "diagnosis/catalogue/rows.hpp"
#include "diagnosis/catalogue/seen.hpp"

namespace rigsetup::diagnosis {
namespace {

constexpr const char* k_status = "/var/lib/dpkg/status";

/// "12.9" of the installed cuda-toolkit-12-9.
std::vector<std::string> toolkits(const Signs& signs) {
  std::vector<std::string> found;
  for (const auto& package : signs.facts.nvidia.packages) {
    auto release = toolkit_release(package.name);
    if (package.state != "installed" || release.find('.') == std::string::npos) continue;
    found.push_back(std::move(release));
  }
  return found;
}

Seen toolkit_too_new(const Signs& signs) {
  Seen seen;
  const auto* module = loaded(signs);
  if (!module) return seen;
  for (const auto& version : toolkits(signs)) {
    const auto release = signs.tables.cuda.find(version);
    if (release == signs.tables.cuda.end()) continue;
    const auto least = signs.tables.minimum_driver(release->second);
    if (least.empty() || compare_debian(module->version, least) >= 0) continue;
    seen.push_back({"CUDA " + version, format("needs driver {}; {} runs", least, module->version)});
  }
  return seen;
}

/// The data centre's cards may run a newer CUDA beside an older driver; GeForce may not.
Seen compat_on_geforce(const Signs& signs) {
  const auto cards = signs.cards();
  const auto geforce = std::ranges::find_if(
      cards, [](const Signs::Card& card) { return card.device.name.find("GeForce") != std::string::npos; });
  Seen seen;
  if (geforce == cards.end() || in_container(signs)) return seen;
  for (const auto& package : signs.facts.nvidia.packages) {
    if (package.state != "installed" || !package.name.starts_with("cuda-compat-")) continue;
    seen.push_back({k_status, format("{} beside {}", package.name, geforce->device.text())});
  }
  return seen;
}

/// Ubuntu's and Debian's own toolkit beside one of NVIDIA's.
Seen toolkit_in_the_way(const Signs& signs) {
  const auto package =
      std::ranges::find(signs.facts.nvidia.packages, "nvidia-cuda-toolkit", &NvidiaPackage::name);
  const auto others = toolkits(signs);
  if (package == signs.facts.nvidia.packages.end() || package->state != "installed" || others.empty())
    return {};
  return {{k_status, format("nvidia-cuda-toolkit {} beside CUDA {}", package->version, join(others, ", "))}};
}

/// "12" of libcudnn9-cuda-12 and libcudnn9-dev-cuda-12.
Seen two_cudnn(const Signs& signs) {
  std::set<std::string> variants;
  Seen seen;
  for (const auto& package : signs.facts.nvidia.packages) {
    if (package.state != "installed" || !package.name.starts_with("libcudnn")) continue;
    const auto at = package.name.rfind("-cuda-");
    if (at == std::string::npos || !variants.insert(package.name.substr(at)).second) continue;
    seen.push_back({k_status, format("{} {}", package.name, package.version)});
  }
  const bool by_package = !seen.empty();
  for (const auto& path : signs.cudnn) {
    const bool copied = path.starts_with("/usr/local/");
    if (copied) seen.push_back({path, "a copy beside the packages"});
  }
  return seen.size() > 1 && by_package ? seen : Seen{};
}

/// Debian's and Ubuntu's package downloads cuDNN when its licence is agreed to, and is content when it is
/// not.
Seen cudnn_declined(const Signs& signs) {
  const auto package = std::ranges::find(signs.facts.nvidia.packages, "nvidia-cudnn", &NvidiaPackage::name);
  if (package == signs.facts.nvidia.packages.end() || package->state != "installed" || !signs.cudnn.empty()) {
    return {};
  }
  return {{k_status, "nvidia-cudnn " + package->version}, {"/usr/lib", "no libcudnn"}};
}

}  // namespace

std::vector<Failure> library_rows() {
  return {
      {.name = "driver-too-old-for-cuda",
       .what = "the driver is older than a CUDA that is used needs",
       .words = {"driver version is insufficient",
                 "unsatisfied condition: cuda>=", "the nvidia driver on your system is too old"},
       .why = "each CUDA has a driver that it needs at least; newer drivers run older CUDA, not the other "
              "way round",
       .fix = "install a newer driver, or an older CUDA",
       .command = "",
       .cure = Cure::plan,
       .source = "CUDA Toolkit release notes, table of minimum drivers; CUDA error 35",
       .seen = toolkit_too_new},
      {.name = "compat-on-geforce",
       .what = "a library for forward compatibility is installed, and this GPU is not made for it",
       .words = {"forward compatibility was attempted on non supported hw"},
       .why = "cuda-compat serves cards of the data centre only; on a GeForce it takes libcuda's place and "
              "fails",
       .fix = "remove it and install the driver that the CUDA needs",
       .command = "sudo apt-get purge 'cuda-compat-*'",
       .cure = Cure::command,
       .source = "NVIDIA/nvidia-docker 1515; CUDA error 804",
       .seen = compat_on_geforce},
      {.name = "no-kernel-image",
       .what = "a program has no code for this GPU",
       .words = {"no kernel image is available for execution",
                 "is not compatible with the current pytorch installation"},
       .why = "it was built for older GPUs, or for other ones",
       .fix = "install a build for this GPU: for a new card one of a newer CUDA",
       .command = "",
       .cure = Cure::hands,
       .source = "pytorch/pytorch 69202; CUDA error 209"},
      {.name = "cudnn-mixed",
       .what = "several cuDNN are in each other's way",
       .words = {"cudnn_status_sublibrary_version_mismatch", "cudnn_status_version_mismatch"},
       .why = "one was unpacked into the toolkit, or one of another CUDA is installed beside it; parts of "
              "both are "
              "loaded",
       .fix = "keep one for the system: purge the other packages, remove copies below /usr/local/cuda",
       .command = "",
       .cure = Cure::hands,
       .source = "flashlight/flashlight 559",
       .seen = two_cudnn},
      {.name = "cudnn-declined",
       .what = "the package nvidia-cudnn is installed and has brought no cuDNN",
       .words = {},
       .why = "it downloads cuDNN only when its licence is agreed to, which nobody was asked",
       .fix = "purge it, and apply a recipe with the step cudnn, or install it with the question answered",
       .command = "sudo apt-get purge nvidia-cudnn",
       .cure = Cure::command,
       .source = "met with Debian's nvidia-cudnn",
       .seen = cudnn_declined},
      {.name = "cudnn-missing",
       .what = "a program looks for a cuDNN that is not there",
       .words = {"could not load library libcudnn", "unable to load any of {libcudnn",
                 "libcudnn.so.8: cannot open", "libcudnn.so.9: cannot open"},
       .why = "cuDNN is not installed, or another major version of it",
       .fix = "install the major version that the program asks for; a link from one to the other crashes",
       .command = "",
       .cure = Cure::plan,
       .source = "questions on stackoverflow.com"},
      {.name = "toolkit-in-the-way",
       .what = "the distribution's old CUDA toolkit stands before NVIDIA's",
       .words = {},
       .why = "nvidia-cuda-toolkit puts its nvcc into /usr/bin (11.5 on Ubuntu 22.04)",
       .fix = "remove it",
       .command = "sudo apt-get purge nvidia-cuda-toolkit",
       .cure = Cure::command,
       .source = "packages.ubuntu.com; GoogleCloudPlatform/compute-gpu-installation",
       .seen = toolkit_in_the_way},
      {.name = "nvcc-not-in-path",
       .what = "the shell does not find nvcc",
       .words = {"nvcc: command not found", "nvcc: not found"},
       .why = "/usr/local/cuda/bin is not in PATH: profiles are read by login shells only",
       .fix = "log in anew, or give its whole name: /usr/local/cuda/bin/nvcc",
       .command = "export PATH=/usr/local/cuda/bin:$PATH",
       .cure = Cure::command,
       .source = "CUDA installation guide, post-installation"},
      {.name = "no-host-compiler",
       .what = "nvcc has no C++ compiler to work with",
       .words = {"cannot execute 'cc1plus'", "cc1plus: no such file"},
       .why = "a newer gcc came with DKMS, without the g++ of its version",
       .fix = "install the g++ of the same version, or name another one with -ccbin",
       .command = "sudo apt-get install g++",
       .cure = Cure::plan,
       .source = "met with Debian's nvidia-cuda-toolkit"},
      {.name = "host-compiler-too-new",
       .what = "the C++ compiler is newer than nvcc takes",
       .words = {"unsupported gnu version"},
       .why = "each CUDA knows compilers up to some version",
       .fix = "install an older g++ and name it with -ccbin, or a newer CUDA",
       .command = "",
       .cure = Cure::hands,
       .source = "CUDA installation guide, host compilers"},
  };
}

}  // namespace rigsetup::diagnosis
