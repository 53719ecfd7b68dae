// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <rigsetup/data/value.hpp>
#include <rigsetup/facts/gpu.hpp>

namespace rigsetup {

struct Host;

/// What NVML answered instead of what it was asked: its code and that code's name without NVML_ERROR_, as
/// LIB_RM_VERSION_MISMATCH (18), and its own words. CRASHED (-1) and NOT_ASKED (-2) are ours.
struct NvmlError {
  int code = 0;
  std::string name;
  std::string text;
};
std::string_view nvml_error_name(int code);

/// A GPU as its driver sees it. What this library or card does not tell is absent.
struct NvmlGpu {
  int index = 0;
  std::string address;  ///< as in sysfs: "0000:01:00.0"
  std::string device_id;
  std::string name;
  std::string uuid;
  std::uint64_t memory_bytes = 0;
  std::optional<std::uint64_t> memory_used_bytes;
  std::string compute_capability;  ///< "8.9"
  std::optional<bool> persistence;
  std::int64_t power_limit_mw = 0;
  std::int64_t power_limit_default_mw = 0;
  PcieLink link;
  PcieLink link_most;
  std::optional<int> temperature;  ///< degrees Celsius
  std::optional<int> processes;    ///< that compute on it
  std::optional<bool> ecc;
  std::optional<NvmlError> error;  ///< it cannot be used; the rest is empty
};

/// What NVML said, all at once.
struct NvmlAnswer {
  std::string library;  ///< the file that was loaded
  std::string driver_version;
  std::string cuda_version;  ///< that the driver can run: "13.0"
  std::vector<NvmlGpu> gpus;
  std::optional<NvmlError> error;  ///< why there is no more than this
};
NvmlAnswer nvml_answer_from(const Value& value);
Value to_value(const NvmlAnswer& answer);

/// Asks NVML, which wakes the GPUs and may load the driver: in checks, or when they are awake. By the helper
/// program nvml-probe, so that a library that hangs or crashes is an answer too. A described machine answers
/// with its file nvml.json. `host` must have a machine.
NvmlAnswer ask_nvml(const Host& host, std::stop_token stop);

/// Gives each GPU of the bus what NVML said of the one at its address.
void take(const NvmlAnswer& answer, std::vector<Gpu>& gpus);

}  // namespace rigsetup
