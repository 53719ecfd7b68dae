// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <string>

namespace stand_in {

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& bytes);
std::string sha256_of(const std::string& bytes);
std::string md5_of(const std::string& bytes);

/// What a file:// or http:// URL serves (of 127.0.0.1 and the like: no TLS, no names). Throws Critical.
std::string fetch(const std::string& url);

std::string unzstd(const std::string& bytes);
/// Unpacks a .conda or .tar.bz2 package into a folder.
void extract(const std::filesystem::path& archive, const std::filesystem::path& to);

}  // namespace stand_in
