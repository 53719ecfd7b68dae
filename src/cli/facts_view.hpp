// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/data/value.hpp>

#include "cli/screen.hpp"

namespace rigsetup::cli {

/// The facts that matter to people, a line each; --json has all. Pure.
std::string facts_text(const Value& facts, const Screen& screen);

}  // namespace rigsetup::cli
