// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "host/identity.hpp"

#include <cerrno>
#include <cstdlib>

#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup {
namespace {

// The raw call: glibc's setgroups() would change every thread of the process.
int set_groups_of_thread(const std::vector<gid_t>& groups) {
  return static_cast<int>(::syscall(SYS_setgroups, groups.size(), groups.data()));
}

// setfsuid and setfsgid report no failure; asking for an impossible id returns the present one.
uid_t present_uid() { return static_cast<uid_t>(::setfsuid(static_cast<uid_t>(-1))); }
gid_t present_gid() { return static_cast<gid_t>(::setfsgid(static_cast<gid_t>(-1))); }

}  // namespace

FileIdentity::FileIdentity(Owner owner) : uid_(present_uid()), gid_(present_gid()) {
  const int count = ::getgroups(0, nullptr);
  groups_.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  if (count < 0 || ::getgroups(count, groups_.data()) < 0)
    throw errno_error("read the groups of this thread", errno);
  if (set_groups_of_thread({}) != 0) throw errno_error("give up the groups of this thread", errno);
  ::setfsgid(owner.gid);
  ::setfsuid(owner.uid);
  if (present_uid() != owner.uid || present_gid() != owner.gid) {
    restore();
    throw Error(Code::denied, format("cannot act on files as user {}: the kernel refuses", owner.uid));
  }
}

FileIdentity::~FileIdentity() { restore(); }

void FileIdentity::restore() {
  ::setfsuid(uid_);
  ::setfsgid(gid_);
  // A thread that cannot become itself again must not go on with rights nobody meant it to have.
  if (set_groups_of_thread(groups_) != 0 || present_uid() != uid_ || present_gid() != gid_) std::abort();
}

}  // namespace rigsetup
