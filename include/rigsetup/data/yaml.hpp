// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/base/error.hpp>
#include <rigsetup/data/value.hpp>

#include <string>
#include <string_view>

namespace rigsetup {

/// Bounds on what one YAML document may cost; aliases are expanded and counted as what they expand to.
struct YamlLimits {
  std::size_t bytes = 1 << 20;
  std::size_t values = 50'000;
  std::size_t depth = 32;
};

/// Reads one document. Faults (syntax, duplicate keys, bounds, not text) are added to complaints with their place in
/// `file`; what could be read is returned, null when nothing could.
Value parse_yaml(std::string_view text, const std::string& file, Complaints& complaints, YamlLimits limits = {});

std::string to_yaml(const Value& value);

}  // namespace rigsetup
