// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <rigsetup/protocol/messages.hpp>

namespace rigsetup::protocol {

/// POST /v1/doctor?root=DIR&rig=DIR -> DoctorReply
struct DoctorRequest {
  /// What only the caller's terminal knows.
  struct Caller {
    struct Folder {
      std::string path;
      std::vector<std::string> libraries;  ///< names of the driver's and cuDNN's in it
    };
    struct Framework {
      std::string name, version;
      std::string cuda;                        ///< that it was built for; empty: for none
      std::vector<std::string> architectures;  ///< "sm_80", "compute_90"
      std::string error;                       ///< it cannot be imported
      std::optional<bool> sees_gpu;            ///< nothing: it was not asked
    };
    std::optional<std::string> visible_devices;  ///< CUDA_VISIBLE_DEVICES; nothing: not set
    std::vector<Folder> folders;                 ///< of LD_LIBRARY_PATH
    std::string nvcc, nvcc_version;              ///< the first in PATH
    std::vector<std::string> closed_devices;     ///< that they may not open
    std::string python, python_problem;          ///< the interpreter; why it did not answer
    std::vector<Framework> frameworks;
  };
  std::optional<Caller> caller;
  Value to_value() const;
  static DoctorRequest from(const Value& value);
};

struct DoctorReply {
  struct Finding {
    std::string name;   ///< stable: "driver-library-mismatch"
    bool note = false;  ///< good to know, but nothing is wrong
    std::string what, why, fix;
    std::string command;  ///< to type; empty: there is none
    std::string cure;     ///< "plan", "command", "reboot", "hands"
    std::vector<CheckLine::Proof> evidence;
    bool by_recipe = false;  ///< does applying the active recipe mend it?
  };
  std::string root, rig, os;
  std::string recipe;                  ///< name of the active one; empty: there is none
  std::vector<std::string> looked_at;  ///< what was looked at, in words
  std::vector<Finding> findings;       ///< first things first, notes last
  Value to_value() const;
  static DoctorReply from(const Value& value);
};

}  // namespace rigsetup::protocol
