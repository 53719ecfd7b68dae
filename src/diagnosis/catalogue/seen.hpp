// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/diagnosis/signs.hpp>
#include <rigsetup/event/event.hpp>

/// Questions to the signs that several rows ask.
namespace rigsetup::diagnosis {

using Seen = std::vector<Evidence>;

const LoadedNvidia* loaded(const Signs& signs);  ///< the module that runs; null: none, or not known
const NvmlError* nvml_error(const Signs& signs);
/// Is anything of a driver installed, by whatever way?
bool has_driver(const Signs& signs);
bool has_module(const Signs& signs, const std::string& kernel);
/// A container has what its host gives it: how that came there is the host's matter.
bool in_container(const Signs& signs);
/// Does NVIDIA's module drive every NVIDIA GPU that is not given away, and is there one?
bool all_bound(const Signs& signs);
/// Is the module loaded, and has it all of them?
bool runs(const Signs& signs);
/// The NVIDIA GPUs that NVIDIA's module drives.
std::size_t count_bound(const Signs& signs);
/// The parts of a driver that are installed, by the version of the driver: "580.95.05" -> names.
std::vector<std::pair<std::string, std::vector<std::string>>> driver_parts(const Signs& signs);

}  // namespace rigsetup::diagnosis
