// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// The LD_LIBRARY_PATH that every login of the target starts with.
struct LibraryPath {
  std::string value;  ///< its folders that there are, joined; empty: none is set
  std::string file;   ///< the first that sets it
};
LibraryPath system_library_path(const Tree& files);

/// The folders that a line of /etc/environment or of a shell's profile adds to LD_LIBRARY_PATH, joined. What
/// it takes from other variables is left out.
std::string library_path_in(std::string_view line);

}  // namespace rigsetup
