// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/facts/facts.hpp>

namespace rigsetup {

/// The hardware that /proc and /sys of this tree describe. Reads files only, wakes no device.
Facts::Machine read_machine(const Tree& tree);
Value to_value(const Facts::Machine& machine);

}  // namespace rigsetup
