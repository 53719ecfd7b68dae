// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace rigsetup::test {

/// A package as pip installs it.
struct Wheel {
  std::string name;
  std::string version = "1.0";
  std::map<std::string, std::string> files;  ///< path below site-packages, content
  std::vector<std::string> requires_ = {};   ///< as METADATA says it: "other>=2"
};

/// Writes the wheel into a folder, which is made. Returns its path.
std::filesystem::path make_wheel(const std::filesystem::path& folder, const Wheel& wheel);

}  // namespace rigsetup::test
