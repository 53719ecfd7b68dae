// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/data/value.hpp>

namespace rigsetup::test {

/// Follows "$ref" within the document; what has none is returned as it is.
const Value& resolved(const Value& document, const Value& value);

/// In which ways the value departs from a schema of the document, a line each: "steps[0].verdict: ...". Knows
/// the words of JSON Schema that src/server/openapi.yaml uses; any other is a std::runtime_error, so that
/// none is ignored.
std::vector<std::string> departures(const Value& value, const Value& schema, const Value& document);

}  // namespace rigsetup::test
