// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/host/programs.hpp>

namespace rigsetup {

/// What the helper program `inside` says, in its last line, when it could not start the program it was given.
inline constexpr std::string_view k_inside_says = "inside: ";
inline constexpr int k_inside_failed = 125;   ///< it could not make the place ready
inline constexpr int k_inside_refused = 126;  ///< the program may not be run
inline constexpr int k_inside_missing = 127;  ///< there is no such program

/// The PATH and what else every program gets, and the command's own environment over it.
std::vector<std::pair<std::string, std::string>> full_environment(const Command& command);

/// Where below that root the program of a command is; throws Error(not_found).
std::filesystem::path find_program(const std::filesystem::path& root, const Command& command);

/// Throws the Error that `inside` printed, if that is how the program ended.
void rethrow_inside(const Finished& finished, std::string_view output);

}  // namespace rigsetup
