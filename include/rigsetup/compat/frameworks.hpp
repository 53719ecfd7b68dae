// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <rigsetup/compat/tables.hpp>

/// Builds of PyTorch, TensorFlow and JAX: which of them fits a driver and its GPUs.
namespace rigsetup::compat {

/// What limits the CUDA that a program of this machine may be built for.
struct CudaCeiling {
  std::string cuda;    ///< "12.9"; empty: neither the driver nor the GPUs are known
  std::string reason;  ///< "driver 580 offers CUDA 13.0, but the GeForce GTX 1080 (Pascal) ends with 12.9"
  std::string major() const { return cuda.substr(0, cuda.find('.')); }
};

/// Pure: the lower of what the driver and the GPUs' architectures allow. `driver`: a version or a branch;
/// empty where none is planned or there. `gpus`: device ids. GPUs that no such driver drives do not count
/// where there are others.
CudaCeiling cuda_ceiling(const Tables& tables, const std::string& driver,
                         const std::vector<std::string>& gpus);

/// A build that fits.
struct BuildChoice {
  std::string cuda;    ///< "12.9"
  std::string url;     ///< of its index, where each CUDA has its own
  std::string reason;  ///< a sentence without its full stop
};

/// Why none does.
struct BuildRefusal {
  std::string reason;  ///< a sentence without its full stop
  std::string hint;
};

/// Pure: the build of a framework, in this channel, for the ceiling and the GPUs. Any minor version of the
/// ceiling's major runs there; one that is not newer than the ceiling is preferred.
std::variant<BuildChoice, BuildRefusal> choose_build(const Tables& tables, const std::string& framework,
                                                     const std::string& channel,
                                                     const std::vector<std::string>& gpus,
                                                     const CudaCeiling& ceiling);

/// The framework that a package of this channel brings, and how the build for a GPU is told.
struct FrameworkPackage {
  const Framework* framework = nullptr;
  const FrameworkChannel* channel = nullptr;
  bool cpu_only = false;    ///< it has no build for GPUs
  bool by_another = false;  ///< its own build says nothing: a package beside it has the kernels
};
/// `framework` is nullptr for a package that is none's.
FrameworkPackage framework_of(const Tables& tables, std::string_view channel, std::string_view package);

}  // namespace rigsetup::compat
