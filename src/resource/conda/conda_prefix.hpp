// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// A base installation of conda as its files show it; nothing of it is run to find out.
struct CondaPrefix {
  bool exists = false;    ///< something is at the path
  bool is_empty = false;  ///< a folder with nothing in it but environments
  bool whole = false;     ///< no sign of an installer that did not end
  std::string conda;      ///< version of its conda; empty: not seen
  Owner owner;
};
CondaPrefix read_conda_prefix(const Tree& tree, const std::filesystem::path& prefix);

/// Where rigsetup keeps what it must know of an installation, and works at it.
std::filesystem::path conda_state_folder(const std::filesystem::path& prefix);

/// What rigsetup writes down before it begins an installation, and once it is whole.
struct CondaRecord {
  std::string version;  ///< of the installer
  bool complete = false;
};
std::optional<CondaRecord> read_conda_record(const Tree& tree, const std::filesystem::path& prefix);
void write_conda_record(const Tree& tree, const std::filesystem::path& prefix, const CondaRecord& record);

/// Takes away what an installer brought, and last the record. Environments in its folder stay: they are other
/// steps', or somebody's.
void remove_conda_prefix(const Tree& tree, const std::filesystem::path& prefix);
void remove_conda_record(const Tree& tree, const std::filesystem::path& prefix);

}  // namespace rigsetup
