// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/plan/plan.hpp>

namespace rigsetup {

/// Why the plan's packages do not fit on the target's disks as they are now: "needs 7.2 GB in /usr, 2.1 GB is
/// free". Empty when they do.
std::string why_no_space(const Plan& plan, const Tree& tree);

}  // namespace rigsetup
