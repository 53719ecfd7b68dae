// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "host/path_walk.hpp"

#include <cerrno>
#include <climits>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup {

int open_below(int folder, const char* path, int flags, unsigned mode, std::uint64_t more_rules) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | more_rules;
  return static_cast<int>(::syscall(SYS_openat2, folder, path, &how, sizeof how));
}

PathWalk::PathWalk(int root, std::filesystem::path path, Links last, std::optional<Owner> giving_to,
                   std::optional<Making> making)
    : path_(std::move(path)), giving_to_(giving_to), making_(making) {
  if (path_.native().find('\0') != std::string::npos) fail("use", EINVAL);
  folders_.emplace_back(open_below(root, ".", O_PATH | O_DIRECTORY));
  if (!folders_.back()) fail("open the root of", errno);
  push_ahead(path_);
  while (!ahead_.empty()) {
    const std::string name = std::move(ahead_.front());
    ahead_.pop_front();
    if (name == "..") {
      if (folders_.size() > 1) folders_.pop_back();
      name_ = ".";
    } else if (!step(name, last)) {
      return;
    }
  }
  if (name_ == "." && ::fstat(parent(), &status_) != 0) fail("look at", errno);
}

void PathWalk::push_ahead(const std::filesystem::path& path) {
  auto where = ahead_.begin();
  for (const std::filesystem::path& part : path) {
    if (part.empty() || part == "/" || part == ".") continue;
    where = ahead_.insert(where, part.native()) + 1;
  }
}

// Takes one component; false when the walk ends here.
bool PathWalk::step(const std::string& name, Links last) {
  const bool is_last = ahead_.empty();
  name_ = name;
  Descriptor found(open_below(parent(), name.c_str(), O_PATH | O_NOFOLLOW));
  if (!found && errno == ENOENT && making_) {
    make(name);
    found = Descriptor(open_below(parent(), name.c_str(), O_PATH | O_NOFOLLOW));
  }
  if (!found) {
    if (errno != ENOENT) fail("look at", errno);
    exists_ = false;
    parent_exists_ = is_last;
    return false;
  }
  if (::fstat(found.get(), &status_) != 0) fail("look at", errno);
  if (S_ISLNK(status_.st_mode) && (!is_last || last == Links::follow)) {
    adopt(status_);
    expand(found);
    return true;
  }
  if (is_last) return true;
  if (!S_ISDIR(status_.st_mode)) {
    if (making_) fail("make", ENOTDIR);
    exists_ = parent_exists_ = false;
    return false;
  }
  adopt(status_);
  folders_.push_back(std::move(found));
  name_ = ".";
  return true;
}

void PathWalk::expand(const Descriptor& link) {
  if (links_left_-- == 0) fail("follow", ELOOP);
  char target[PATH_MAX];
  const ssize_t size = ::readlinkat(link.get(), "", target, sizeof target);
  if (size < 0) fail("follow", errno);
  const std::filesystem::path path(std::string(target, static_cast<std::size_t>(size)));
  if (path.is_absolute()) folders_.resize(1);
  push_ahead(path);
  name_ = ".";
}

void PathWalk::make(const std::string& name) {
  if (::mkdirat(parent(), name.c_str(), 0700) != 0) {
    if (errno == EEXIST) return;  // somebody else was quicker; it is his
    fail("make", errno);
  }
  const Descriptor made(open_below(parent(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  if (!made || ::fstat(made.get(), &status_) != 0) fail("make", errno);
  const Owner wanted = making_->owner;
  if ((status_.st_uid != wanted.uid || status_.st_gid != wanted.gid) &&
      ::fchown(made.get(), wanted.uid, wanted.gid) != 0) {
    fail("give an owner to", errno);
  }
  if (::fchmod(made.get(), making_->mode) != 0) fail("set the mode of", errno);
  sync_parent("make");
}

void PathWalk::adopt(const struct stat& status) {
  if (identity_ || status.st_uid == 0 || ::geteuid() != 0) return;
  Owner owner{status.st_uid, status.st_gid};
  constexpr gid_t k_nogroup = 65534;
  // A folder of the group root is no reason to read what only that group may read.
  if (owner.gid == 0) owner.gid = k_nogroup;
  if (giving_to_ && giving_to_->uid == owner.uid) owner.gid = giving_to_->gid;
  identity_ = std::make_unique<FileIdentity>(owner);
}

Descriptor PathWalk::open(int flags, std::string_view doing) const {
  Descriptor opened(open_below(parent(), name_.c_str(), flags | O_NOFOLLOW));
  if (!opened) fail(doing, errno);
  return opened;
}

void PathWalk::sync_parent(std::string_view doing) const {
  const Descriptor folder(open_below(parent(), ".", O_RDONLY | O_DIRECTORY));
  // Who may write into a folder that he may not read cannot sync it either; EINVAL: a file system without
  // fsync.
  if (!folder && errno == EACCES) return;
  if (!folder || (::fsync(folder.get()) != 0 && errno != EINVAL)) fail(doing, errno);
}

void PathWalk::fail(std::string_view doing, int error_number) const {
  throw errno_error(format("{} {}", doing, path_.native()), error_number);
}

}  // namespace rigsetup
