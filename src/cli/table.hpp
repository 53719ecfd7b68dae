// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include "cli/screen.hpp"

namespace rigsetup::cli {

using Row = std::vector<std::string>;

/// Columns two spaces apart, each as wide as its widest cell. The last column is wrapped below itself where
/// the screen ends, and cut nowhere. Every line ends with a newline.
std::string table(const std::vector<Row>& rows, const Screen& screen, int indent = 0);

/// A text below a line: indented, and wrapped where the screen ends.
std::string paragraph(std::string_view text, const Screen& screen, int indent);

/// What a program printed: its lines after a bar, not wrapped.
std::string quoted(std::string_view text, const Screen& screen, int indent);

}  // namespace rigsetup::cli
