// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "daemon/state_folder.hpp"

#include <cerrno>
#include <chrono>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/host/clock.hpp>

namespace rigsetup {
namespace {

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw errno_error(format("make {}", path.string()), error.value());
}

/// The state directory may be one that everybody can enter (systemd's are); what is in it is not for
/// everybody.
void make_private_folder(const std::filesystem::path& path) {
  make_folder(path);
  if (chmod(path.c_str(), 0700) != 0) throw errno_error(format("make {} private", path.string()), errno);
}

int open_private_file(const std::filesystem::path& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) throw errno_error(format("write {}", path.string()), errno);
  return fd;
}

/// A daemon that was killed while it started a program leaves that child with its lock until the child has
/// become the program, which on a busy machine takes a moment.
int lock_error(int fd) {
  constexpr int k_tries = 60;
  for (int i = 0; i < k_tries; ++i) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return 0;
    if (errno != EWOULDBLOCK) return errno;
    RealClock().sleep(std::chrono::milliseconds(50), {});
  }
  return EWOULDBLOCK;
}

}  // namespace

StateFolder::StateFolder(const Settings& settings) {
  make_folder(settings.logs);
  make_folder(settings.state);
  lock_ = open_private_file(settings.state / "lock");
  if (const int error = lock_error(lock_); error != 0) {
    close(lock_);
    if (error != EWOULDBLOCK) throw errno_error(format("lock {}", settings.state.string()), error);
    throw Error(Code::busy, format("cannot use {}: another rigsetupd does", settings.state.string()),
                "stop it first, or use another --state-dir");
  }
  close(open_private_file(settings.state / "journal.db"));
  make_private_folder(settings.state / "runs");
  std::error_code ignored;
  std::filesystem::remove_all(settings.state / "requests", ignored);  // what an earlier daemon left
  make_private_folder(settings.state / "requests");
}

StateFolder::~StateFolder() { close(lock_); }

}  // namespace rigsetup
