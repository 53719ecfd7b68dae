// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// Where a program of the target lies: a path is looked at itself, a name is looked for in the folders that
/// programs are run with. Nothing when there is no executable file of that name.
std::optional<std::filesystem::path> find_program(const Tree& tree, std::string_view name);

/// What a path means once its last component is no link any more; nothing when it dangles or goes in circles.
std::optional<std::filesystem::path> follow_links(const Tree& tree, std::filesystem::path path);

/// Whom code at this path belongs to: the first owner on the way down that is not root, who could have
/// changed anything below.
Owner code_owner(const Tree& tree, const std::filesystem::path& path);
/// Whom such code runs as where it only proves something: its owner; nobody where it is root's, which is for
/// all to run.
Owner code_runner(const Tree& tree, const std::filesystem::path& path);

}  // namespace rigsetup
