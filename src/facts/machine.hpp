// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/facts/facts.hpp>

namespace rigsetup {

/// The hardware that /proc and /sys of `machine` describe. Reads files only, wakes no device. `target`: where
/// the certificates of DKMS's keys lie.
Facts::Machine read_machine(const Tree& machine, const Tree& target);

std::vector<Gpu> read_gpus(const Tree& machine);
int count_nvswitches(const Tree& machine);
std::string container_of(const Tree& machine);
std::string virtual_machine_of(const Tree& machine);
SecureBoot read_secure_boot(const Tree& machine, const Tree& target);

/// "AD102 [GeForce RTX 4090]" is "GeForce RTX 4090".
std::string name_in_pci_ids(std::string_view pci_ids, std::string_view vendor_id, std::string_view device_id);

}  // namespace rigsetup
