// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/run/target.hpp>

namespace rigsetup {

/// Gives back what would bind a machine without rigsetup, for the removal of its package: takes away the
/// preferences of apt that it wrote, and names the packages that it put on hold, a line each, on standard
/// output. Letting them go is left to the caller: dpkg, at work then, lets nobody change its selections.
void release(const std::string& root, const Settings& settings);

}  // namespace rigsetup
