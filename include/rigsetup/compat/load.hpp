// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/base/error.hpp>
#include <rigsetup/compat/tables.hpp>

namespace rigsetup::compat {

/// Tables that an administrator lays here are read after the shipped ones.
inline constexpr std::string_view k_local_tables = "/etc/rigsetup/compat.d";

/// Where tables are: below the folder of the shipped recipes, then the administrator's.
std::vector<std::filesystem::path> table_folders(const std::filesystem::path& recipes,
                                                 const std::filesystem::path& local = k_local_tables);

/// Reads every *.yaml of the folders, in their order and by name within each. A row replaces the row of the
/// same key that came before it; ids of devices and their names do so one by one. What is wrong is complained
/// of with its place and left out, so that the row before it still holds; a folder that is absent is none.
/// Bounded in files and bytes.
Tables load(const std::vector<std::filesystem::path>& folders, Complaints& complaints);

/// The same of one text.
void read(std::string_view text, const std::string& file, Tables& tables, Complaints& complaints);

constexpr int k_tables_format = 1;

}  // namespace rigsetup::compat
