// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/data/value.hpp>

namespace rigsetup {

/// What a scalar without quotes means: YAML 1.2's core schema. "yes" and "on" are text; so are infinities.
Value resolve_plain(const std::string& text);

}  // namespace rigsetup
