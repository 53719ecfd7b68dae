// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <rigsetup/resource/resource.hpp>

namespace rigsetup {

/// What a file was before a step replaced it.
struct Backup {
  std::string path;  ///< of the copy, in the target
  unsigned mode = 0;
  Owner owner;
};

/// Where the copy of a file with its content of now is kept: one for each content, so that none is ever lost.
std::string backup_of(const std::string& path, const Tree& files);

/// Keeps a copy of what a step is about to replace or take away, readable by root alone, and tells of it.
void keep(const std::string& path, const Context& context);

// A backup as the note of a thing, and back; nothing for an empty note.
std::string note_of(const Backup& backup);
std::optional<Backup> backup_from(const std::string& note);

}  // namespace rigsetup
