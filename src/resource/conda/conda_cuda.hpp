// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <rigsetup/compat/frameworks.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/conda/conda_spec.hpp"

namespace rigsetup {

/// The driver that there will be once the recipe is applied: the one that its step chose, else the one that
/// is there. Empty: none. Nothing: the recipe's step cannot have one, and complains of it itself.
std::optional<std::string> driver_to_be(const Recipe& recipe, const Surroundings& around);

/// NVIDIA GPUs that are not kept for a virtual machine, by their device ids.
std::vector<std::string> gpus_of(const Facts& facts);

/// What an environment's packages are chosen for.
struct CudaChoice {
  compat::CudaCeiling ceiling;  ///< empty: builds for the CPU
  std::string reason;           ///< a sentence without its full stop
};
/// `wish`: "auto", "none" or a version. Nothing, and a complaint at `place`, where it cannot be told and
/// `needed`.
std::optional<CudaChoice> choose_conda_cuda(const std::string& wish, bool needed, const Recipe& recipe,
                                            const Surroundings& around, const Place& place,
                                            Complaints& complaints);

/// Does a framework among them have builds for GPUs that could be wanted?
bool wants_gpu(const std::vector<CondaSpec>& specs, const compat::Tables& tables);

/// Specs that only builds for GPUs meet, where there are such builds: a name alone would quietly take the
/// build for the CPU. Sentences of what was chosen are added to `reasons`; what has no kernels for a GPU is
/// complained of at the place of its spec.
std::vector<CondaSpec> demand_gpu_builds(const std::vector<CondaSpec>& specs,
                                         const std::vector<Place>& places, const Surroundings& around,
                                         const compat::CudaCeiling& ceiling,
                                         std::vector<std::string>& reasons, Complaints& complaints);

}  // namespace rigsetup
