// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <set>
#include <string>

#include "apt/resolve/universe.hpp"

namespace rigsetup::resolve {

/// Rewrites the scratch status file as `dpkg --configure -a` and the reinstallation of what is only half
/// there would leave it.
void settle_half_states();

/// Rewrites the scratch status file and extended states as they will be when the marks have come true.
void simulate(Universe& universe, const std::set<std::string>& hold);

}  // namespace rigsetup::resolve
