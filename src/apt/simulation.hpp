// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/apt/transaction.hpp>

namespace rigsetup::apt {

/// Package ("name", or "name:arch" of a foreign architecture) to the version it will have; empty: removed.
using Versions = std::map<std::string, std::string>;

Versions versions_of(const std::vector<Change>& changes, const std::string& native);
/// What `apt-get -s install` printed that it would do.
Versions versions_of_simulation(std::string_view output, const std::string& native);

/// What differs, a line each: "lib: the plan says 1.0, apt would now install 1.1".
std::vector<std::string> differences(const Versions& planned, const Versions& now);

/// "name", or "name:arch" when the architecture is neither the native one nor "all".
std::string apt_name(const Change& change, const std::string& native);
/// How the change is said to apt-get: "name=version" or "name-".
std::string apt_argument(const Change& change, const std::string& native);

}  // namespace rigsetup::apt
