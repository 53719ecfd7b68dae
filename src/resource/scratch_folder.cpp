// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/scratch_folder.hpp"

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/log.hpp>

namespace rigsetup {

ScratchFolder::ScratchFolder(const Tree& files, std::string_view purpose, Owner owner)
    : files_(files), path_(format("/tmp/rigsetup-{}-{}", purpose, random_hex(8))) {
  files_.make_directories("/tmp", 01777);
  files_.make_directories(path_, 0700, owner);
}

ScratchFolder::~ScratchFolder() {
  // A destructor has nobody to throw to; the folder that stayed is no reason to call the check failed.
  try {
    files_.remove_all(path_);
  } catch (const Error& error) {
    log(LogLevel::warning, error.message());
  }
}

}  // namespace rigsetup
