// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/facts/facts.hpp>
#include <rigsetup/host/tree.hpp>
#include <rigsetup/recipe/fields.hpp>

namespace rigsetup {

/// The NVIDIA GPUs that the driver is to drive: not those that are kept for a virtual machine, nor what it is
/// too new for. `without`: device ids of the latter.
std::vector<Gpu> gpus_for_driver(const Facts::Machine& machine, const std::vector<std::string>& without);

/// Complains of what in the field `without` is no device id.
void complain_of_devices(const Fields& fields, Complaints& complaints);

/// A process that has a device file of the driver open.
struct DriverUser {
  std::string name;
  int pid = 0;
};
std::vector<DriverUser> users_of_driver(const Tree& machine);

/// The driver's modules that are loaded, in the order in which they can be taken out: who uses others first.
std::vector<std::string> loaded_driver_modules(const Tree& machine);

/// What holds one of these modules besides the others: another module by its name, or a use that the kernel
/// only counts. Empty: they can be taken out.
std::string what_holds(const Tree& machine, const std::vector<std::string>& modules);

}  // namespace rigsetup
