// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

namespace rigsetup {

/// Gives the kernel back what was freed: idle is what the daemon is nearly always, and then it should be
/// small.
void give_memory_back();

}  // namespace rigsetup
