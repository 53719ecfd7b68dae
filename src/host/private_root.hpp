// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>

namespace rigsetup {

/// Makes a tree the root of this process, with /proc, /dev, /sys and /run of its own and the machine's name
/// servers. The process must be the first of a new pid namespace and have a mount namespace of its own: all
/// mounts end with it.
void enter_private_root(const std::filesystem::path& root);

}  // namespace rigsetup
