// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <string_view>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// A folder in the target's /tmp that is gone at the end, also after an Error or a cancel.
class ScratchFolder {
 public:
  ScratchFolder(const Tree& files, std::string_view purpose, Owner owner);
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  const Tree& files_;
  std::filesystem::path path_;
};

}  // namespace rigsetup
