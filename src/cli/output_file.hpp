// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>

namespace rigsetup::cli {

/// Writes a file whole or not at all, with the caller's rights. Throws Error(io); and Error(conflict) when
/// there is one already that may not be replaced.
void write_file(const std::string& path, std::string_view text, unsigned mode, bool may_replace);

}  // namespace rigsetup::cli
