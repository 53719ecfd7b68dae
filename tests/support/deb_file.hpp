// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rigsetup::test {

/// A binary package to be built.
struct Deb {
  std::string name;
  std::string version = "1.0";
  std::vector<std::pair<std::string, std::string>> fields = {};  ///< "Depends", "Conflicts", "Provides", ...
  std::vector<std::pair<std::string, std::string>> files = {};   ///< path and content
  std::vector<std::string> conffiles = {};                       ///< those of `files` that are conffiles
  std::map<std::string, std::string> scripts =
      {};                ///< "postinst", "preinst", ...: shell; "templates": as it is
  std::size_t size = 0;  ///< bytes of further content, always the same ones
  std::vector<std::pair<std::string, std::string>> links = {};     ///< path and where it leads
  std::vector<std::pair<std::string, std::string>> programs = {};  ///< path and text, executable
};

/// Writes the package as dpkg-deb would, uncompressed (deb(5)): archives of hundreds of packages are made for
/// one test, and dpkg-deb takes longer to start than all of them to be written.
void write_deb(const Deb& deb, const std::string& architecture, const std::filesystem::path& to);

}  // namespace rigsetup::test
