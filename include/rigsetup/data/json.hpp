// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/data/value.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace rigsetup {

/// Throws Error(invalid) with line and column. Bounded in depth, and in the number of values where the text comes from
/// somebody who may mean harm: a value takes fifty times the bytes of its text.
Value parse_json(std::string_view text, std::string_view what = "JSON",
                 std::size_t most_values = std::numeric_limits<std::size_t>::max());
std::string to_json(const Value& value);         ///< one line; broken UTF-8 is replaced, never refused
std::string to_pretty_json(const Value& value);  ///< two spaces a level, and a last newline

}  // namespace rigsetup
