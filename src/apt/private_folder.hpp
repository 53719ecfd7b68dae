// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cerrno>
#include <filesystem>
#include <string>

#include <stdlib.h>

#include <rigsetup/base/error.hpp>

namespace rigsetup::apt {

/// A folder on the machine that only its owner may enter, for the length of one call.
class PrivateFolder {
 public:
  explicit PrivateFolder(const std::string& purpose) {
    std::string name =
        (std::filesystem::temp_directory_path() / ("rigsetup-" + purpose + "-XXXXXX")).string();
    if (mkdtemp(name.data()) == nullptr) throw errno_error("make a temporary folder", errno);
    path_ = name;
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  ~PrivateFolder() {
    std::error_code ignored;  // what is left in /tmp harms nobody
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace rigsetup::apt
