// SPDX-License-Identifier: GPL-3.0-or-later
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include "apt/resolve/universe.hpp"

namespace rigsetup::resolve {

/// Why the marks do not hold together, a line for each unmet dependency in apt's words:
/// "app : Depends: lib (>= 2) but 1 is to be installed".
std::vector<std::string> unmet_dependencies(Universe& universe);

}  // namespace rigsetup::resolve
