// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/facts/facts.hpp>
#include <rigsetup/resource/resource.hpp>

namespace rigsetup {

/// What the initramfs of this kernel was made before, and must be made after: a file, or words; empty:
/// nothing. By times of change, because a look into it takes seconds for each, and `status` looks at every
/// call; what a package brings bears the time of its arrival there, and an initramfs that is made anew in
/// vain does no harm.
std::string initramfs_is_older_than(const Tree& files, const Facts& facts, const InstalledKernel& kernel);

/// Throws Error where it cannot be made anew.
void make_initramfs(const Context& context, const InstalledKernel& kernel);

}  // namespace rigsetup
