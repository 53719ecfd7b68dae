// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

namespace rigsetup::compat {

/// Where a row was read by its author, and when.
struct Basis {
  std::string source;  ///< page title or repository path
  std::string as_of;   ///< "2026-08-03"
  bool confirmed =
      true;  ///< false: sources disagree or are silent; counts only where an archive bears it out
  std::string note;
};

}  // namespace rigsetup::compat
