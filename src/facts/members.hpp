// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/data/members.hpp>
#include <rigsetup/facts/nvml.hpp>

// The members of facts, where more than one file writes them.
namespace rigsetup {

void members(auto& io, Is<PcieLink> auto& link) {
  io("generation", link.generation);
  io("width", link.width);
}

void members(auto& io, Is<NvmlError> auto& error) {
  io.always("code", error.code);
  io.always("name", error.name);
  io("text", error.text);
}

void members(auto& io, Is<NvmlGpu> auto& gpu) {
  io.always("index", gpu.index);
  io("address", gpu.address);
  io("device_id", gpu.device_id);
  io("name", gpu.name);
  io("uuid", gpu.uuid);
  io("memory_bytes", gpu.memory_bytes);
  io("memory_used_bytes", gpu.memory_used_bytes);
  io("compute_capability", gpu.compute_capability);
  io("persistence", gpu.persistence);
  io("power_limit_mw", gpu.power_limit_mw);
  io("power_limit_default_mw", gpu.power_limit_default_mw);
  io("link", gpu.link);
  io("link_most", gpu.link_most);
  io("temperature", gpu.temperature);
  io("processes", gpu.processes);
  io("ecc", gpu.ecc);
  io("error", gpu.error);
}

void members(auto& io, Is<NvmlAnswer> auto& answer) {
  io("library", answer.library);
  io("driver_version", answer.driver_version);
  io("cuda_version", answer.cuda_version);
  io.always("gpus", answer.gpus);
  io("error", answer.error);
}

}  // namespace rigsetup
