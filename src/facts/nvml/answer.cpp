// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// What the helper program writes and the daemon reads.
#include <algorithm>
#include <array>

#include <rigsetup/facts/nvml.hpp>

#include "facts/members.hpp"

namespace rigsetup {

NvmlAnswer nvml_answer_from(const Value& value) {
  return read_members<NvmlAnswer>(value, "what NVML answered");
}

Value to_value(const NvmlAnswer& answer) { return write_members(answer); }

void take(const NvmlAnswer& answer, std::vector<Gpu>& gpus) {
  for (const auto& told : answer.gpus) {
    const auto gpu = std::ranges::find(gpus, told.address, &Gpu::address);
    if (gpu == gpus.end() || told.error) continue;
    if (!told.name.empty()) gpu->name = told.name;
    gpu->uuid = told.uuid;
    gpu->memory_bytes = told.memory_bytes;
  }
}

/// nvmlReturn_t of nvml.h.
std::string_view nvml_error_name(int code) {
  constexpr std::array<std::string_view, 30> k_names = {"SUCCESS",
                                                        "UNINITIALIZED",
                                                        "INVALID_ARGUMENT",
                                                        "NOT_SUPPORTED",
                                                        "NO_PERMISSION",
                                                        "ALREADY_INITIALIZED",
                                                        "NOT_FOUND",
                                                        "INSUFFICIENT_SIZE",
                                                        "INSUFFICIENT_POWER",
                                                        "DRIVER_NOT_LOADED",
                                                        "TIMEOUT",
                                                        "IRQ_ISSUE",
                                                        "LIBRARY_NOT_FOUND",
                                                        "FUNCTION_NOT_FOUND",
                                                        "CORRUPTED_INFOROM",
                                                        "GPU_IS_LOST",
                                                        "RESET_REQUIRED",
                                                        "OPERATING_SYSTEM",
                                                        "LIB_RM_VERSION_MISMATCH",
                                                        "IN_USE",
                                                        "MEMORY",
                                                        "NO_DATA",
                                                        "VGPU_ECC_NOT_SUPPORTED",
                                                        "INSUFFICIENT_RESOURCES",
                                                        "FREQ_NOT_SUPPORTED",
                                                        "ARGUMENT_VERSION_MISMATCH",
                                                        "DEPRECATED",
                                                        "NOT_READY",
                                                        "GPU_NOT_FOUND",
                                                        "INVALID_STATE"};
  const auto index = static_cast<std::size_t>(code);
  return code >= 0 && index < k_names.size() ? k_names[index] : "UNKNOWN";
}

}  // namespace rigsetup
