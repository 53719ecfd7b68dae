// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <string>
#include <variant>

#include <rigsetup/resource/resource.hpp>

namespace rigsetup {

/// What a pylock.toml (PEP 751) comes to on this machine: a requirements file with hashes. Python itself
/// reads it, in the environment and as its owner: it has a reader of TOML, and pip one of markers and of
/// wheels' names. `from_urls`: from where the lock says; otherwise from the index or folder that the recipe
/// names.
std::variant<std::string, Failed> read_pylock(const Context& context, const std::string& python,
                                              const std::string& user, const std::filesystem::path& lock,
                                              bool from_urls);

}  // namespace rigsetup
