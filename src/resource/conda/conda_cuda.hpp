// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/compat/frameworks.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/conda/conda_spec.hpp"

namespace rigsetup {

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
