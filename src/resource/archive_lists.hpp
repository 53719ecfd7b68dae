// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/apt/package.hpp>
#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// An address of the source whose Release file is not among apt's lists, as they lie on disk; empty when all
/// are.
std::string missing_list(const apt::Source& source, const Tree& tree);

}  // namespace rigsetup
