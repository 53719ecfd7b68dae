// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <rigsetup/diagnosis/diagnosis.hpp>

namespace rigsetup::diagnosis {

/// What only the terminal of whoever asks knows. All of it is their word: it is judged, never acted on.
struct CallerSide {
  std::optional<std::string> visible_devices;  ///< CUDA_VISIBLE_DEVICES; nothing: not set
  /// A folder of LD_LIBRARY_PATH, and what it holds of the driver's and cuDNN's libraries.
  struct Folder {
    std::string path;
    std::vector<std::string> libraries;
  };
  std::vector<Folder> folders;
  std::string nvcc;                         ///< the first in PATH
  std::string nvcc_version;                 ///< "11.5"
  std::vector<std::string> closed_devices;  ///< device files that they may not open
  std::string python;                       ///< the interpreter that was asked
  std::string python_problem;               ///< why it did not answer
  struct Framework {
    std::string name;                        ///< "torch", "tensorflow", "jax"
    std::string version;                     ///< empty: it is not there
    std::string cuda;                        ///< that it was built for: "12.4"; empty: for none
    std::vector<std::string> architectures;  ///< "sm_80", "compute_90"; empty: it does not tell
    std::string error;                       ///< it cannot be imported
    std::optional<bool> sees_gpu;            ///< nothing: it was not asked, as a GPU sleeps
  };
  std::vector<Framework> frameworks;
};

/// Pure: why a program that is started from there would not use the GPU.
std::vector<Diagnosis> judge(const CallerSide& caller, const Signs& signs);

}  // namespace rigsetup::diagnosis
