// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>

#include <rigsetup/facts/facts.hpp>

namespace rigsetup {

/// The driver's version by its libraries, else by its packages; empty: it is not installed.
std::string installed_driver(const NvidiaStack& stack);

/// The version of the module that a kernel would load; empty: it has none. "?" where it is compressed and
/// nothing else tells.
std::string module_for(const Facts& facts, std::string_view kernel);

/// Does the machine take signed modules only?
bool takes_signed_only(const Facts& facts);

}  // namespace rigsetup
