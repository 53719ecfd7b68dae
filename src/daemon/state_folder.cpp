// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "daemon/state_folder.hpp"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup {
namespace {

void make_folder(const std::filesystem::path& path, mode_t mode, gid_t group) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw errno_error(format("make {}", path.string()), error.value());
  if (chown(path.c_str(), geteuid(), group) != 0 || chmod(path.c_str(), mode) != 0) {
    throw errno_error(format("make {} private", path.string()), errno);
  }
}

gid_t group_of(const std::string& name) {
  const auto* entry = geteuid() == 0 ? getgrnam(name.c_str()) : nullptr;
  return entry == nullptr ? getegid() : entry->gr_gid;
}

}  // namespace

StateFolder::StateFolder(const Settings& settings) {
  // Recipes and package lists are for root; logs are for the group as well.
  make_folder(settings.state, 0700, getegid());
  make_folder(settings.logs, 0750, group_of(settings.group));
  const auto file = settings.state / "lock";
  lock_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) throw errno_error(format("write in {}", settings.state.string()), errno);
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    close(lock_);
    if (error != EWOULDBLOCK) throw errno_error(format("lock {}", file.string()), error);
    throw Error(Code::busy, format("cannot use {}: another rigsetupd does", settings.state.string()),
                "stop it first, or use another --state-dir");
  }
  // What requests of an earlier daemon left.
  std::error_code ignored;
  std::filesystem::remove_all(settings.state / "requests", ignored);
}

StateFolder::~StateFolder() { close(lock_); }

}  // namespace rigsetup
