// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/facts/nvml.hpp>

#include "tests/contract/rig.hpp"

namespace rigsetup::test {

/// Gives the rig what the example of this kind stands on: files, and programs that behave as the real ones
/// do, reading and writing real files. A kind that needs nothing is not named here.
void prepare_for_example(Rig& rig, std::string_view kind);

// The same programs for tests that go into detail.
void add_python(Rig& rig);  ///< python3 with venv, and a pip that knows every package in version 1.0
/// A conda environment with Python 3.11 and pip, as files show it.
void add_conda_python(Rig& rig, const std::filesystem::path& prefix);
void add_micromamba(Rig& rig);  ///< whose channel has python 3.12.4 and numpy 1.26.4
void add_miniforge(Rig& rig);   ///< its installer at the address of the example, and sh to run it
void add_useradd(Rig& rig);     ///< whose lock another holds while /etc/passwd.lock is there
void add_systemctl(Rig& rig);   ///< with the unit nvidia-persistenced.service
void add_nvcc(Rig& rig);        ///< nvcc with g++-11; its programs find no device
void add_gpu(Rig& rig);         ///< a machine with one NVIDIA GPU that answers
void let_nvml_say(Rig& rig, const NvmlAnswer& answer);
void add_probes(Rig& rig);     ///< libcuda and cuDNN 9.19.0 that compute on it
void add_framework(Rig& rig);  ///< any `python` has a framework that computes on it
/// A driver that NVIDIA's .run installer has left.
void add_runfile(Rig& rig);

}  // namespace rigsetup::test
