// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/lock.hpp"

#include <cerrno>
#include <fstream>
#include <functional>
#include <utility>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rigsetup/apt/archive.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::apt {

namespace {

constexpr std::chrono::milliseconds k_poll{500};

struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

std::string name_of_process(pid_t pid) {
  std::ifstream file(format("/proc/{}/comm", pid));
  std::string name;
  std::getline(file, name);
  return name.empty() ? "a process" : printable(name);
}

std::string what_it_guards(const std::filesystem::path& lock) {
  if (lock == k_lists_lock) return "the lock on apt's lists";
  return lock == k_archives_lock ? "the lock on apt's downloads" : "the dpkg lock";
}

/// Calls `who` until it returns nobody.
void wait_for(const std::function<std::optional<std::string>()>& who, const std::string& what,
              const Waiting& waiting) {
  const auto begin = waiting.host.clock.now();
  while (const std::optional<std::string> holder = who()) {
    const auto waited = waiting.host.clock.now() - begin;
    if (waited >= waiting.timeout) {
      throw Error(Code::busy,
                  format("cannot go on: {} has been held by {} for more than {}", what, *holder,
                         human_duration(waiting.timeout)),
                  "wait until it is done, then run this again; rigsetup ends no other program");
    }
    Progress progress;
    progress.label = format("waiting for {} held by {}", what, *holder);
    progress.at_seconds = std::chrono::duration_cast<std::chrono::seconds>(waited).count();
    waiting.reporter.progress(std::move(progress));
    waiting.host.clock.sleep(k_poll, waiting.stop);
  }
}

}  // namespace

TreeFile::TreeFile(const Tree& tree, const std::filesystem::path& path, int flags, unsigned mode) {
  const int root = ::open(tree.root().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0) throw errno_error("open " + tree.root().string(), errno);
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  fd_ = static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how));
  const int error = errno;
  ::close(root);
  if (fd_ < 0 && error != ENOENT) throw errno_error("open " + path.string(), error);
}

TreeFile::TreeFile(TreeFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

TreeFile::~TreeFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<std::string> lock_holder(const Tree& tree, const std::filesystem::path& lock) {
  const TreeFile file(tree, lock, O_RDONLY);
  if (!file.is_open()) return std::nullopt;
  // Asking as an open file description: a lock held elsewhere in this very process is seen as well.
  struct flock found = whole_file();
  if (::fcntl(file.fd(), F_OFD_GETLK, &found) != 0)
    throw errno_error("ask for the lock on " + lock.string(), errno);
  if (found.l_type == F_UNLCK) return std::nullopt;
  if (found.l_pid <= 0) return "another program";
  return format("{} ({})", name_of_process(found.l_pid), found.l_pid);
}

std::optional<std::string> who_changes_packages(const Tree& tree) {
  auto holder = lock_holder(tree, k_frontend_lock);
  return holder ? holder : lock_holder(tree, k_dpkg_lock);
}

void wait_until_free(const std::vector<std::filesystem::path>& locks, const Waiting& waiting) {
  for (const std::filesystem::path& lock : locks) {
    wait_for([&] { return lock_holder(waiting.host.files, lock); }, what_it_guards(lock), waiting);
  }
}

ListsLock::ListsLock(const Waiting& waiting)
    : file_(waiting.host.files, k_lists_lock, O_RDWR | O_CREAT | O_NOFOLLOW, 0640) {
  const auto taken_by = [&]() -> std::optional<std::string> {
    struct flock lock = whole_file();
    if (::fcntl(file_.fd(), F_OFD_SETLK, &lock) == 0) return std::nullopt;
    if (errno != EAGAIN && errno != EACCES) throw errno_error("lock apt's lists", errno);
    return lock_holder(waiting.host.files, k_lists_lock).value_or("another program");
  };
  wait_for(taken_by, what_it_guards(k_lists_lock), waiting);
}

}  // namespace rigsetup::apt
