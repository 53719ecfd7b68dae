// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// A folder of root's in the target as programs of the machine name it: downloads that the target is to run
/// or unpack go there at once, and are resumed there. Throws Error(unsupported) where a link on the way could
/// lead them out of the target.
std::filesystem::path outside_of(const Tree& target, const std::filesystem::path& folder);

}  // namespace rigsetup
