// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>

#include <rigsetup/recipe/fields.hpp>

#include "recipe/report.hpp"

namespace rigsetup {

/// A field's value in the one form that its type has: text as string, a single text as a list of one, paths
/// without doubled slashes. Nothing after a complaint.
std::optional<Value> normal_value(const Value& value, const FieldSpec& spec, const Report& report);

}  // namespace rigsetup
