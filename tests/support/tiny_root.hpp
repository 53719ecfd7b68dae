// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>

namespace rigsetup::test {

/// Makes a folder into the smallest tree that passes for Debian 12 and runs programs: sh and a few of
/// coreutils with their libraries, copied from this machine; a dpkg status with the packages `base-files` and
/// `hello`.
void make_tiny_root(const std::filesystem::path& root);

/// Copies another program of this machine into it, with the libraries that it is linked with.
void add_program(const std::filesystem::path& root, const std::filesystem::path& program);

}  // namespace rigsetup::test
