// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "host/private_root.hpp"

#include <cerrno>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/host/tree.hpp>

#include "host/descriptor.hpp"
#include "host/path_walk.hpp"

namespace rigsetup {
namespace {

[[noreturn]] void fail(const std::string& doing, int error_number) { throw errno_error(doing, error_number); }

Descriptor place(int root, const char* path) { return Descriptor(open_below(root, path, O_PATH)); }

// A mount point as mount(2) takes it. Through a descriptor, so that no link of the tree can lead the mount
// elsewhere.
std::string named(const Descriptor& place) { return format("/proc/self/fd/{}", place.get()); }

bool mount_at(int root, const char* path, const char* type, unsigned long flags, const char* options) {
  const Descriptor at = place(root, path);
  return at && ::mount(type, named(at).c_str(), type, flags, options) == 0;
}

bool bind_read_only(const char* from, int root, const char* path) {
  const Descriptor at = place(root, path);
  if (!at || ::mount(from, named(at).c_str(), nullptr, MS_BIND, nullptr) != 0) return false;
  const Descriptor bound = place(root, path);  // the mount now, and no longer what it covers
  return ::mount(nullptr, named(bound).c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}

struct Node {
  const char* name;
  unsigned major, minor;
};
constexpr Node k_nodes[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
                            {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};

struct Link {
  const char* name;
  const char* to;
};
constexpr Link k_links[] = {{"fd", "/proc/self/fd"}, {"stdin", "fd/0"},
                            {"stdout", "fd/1"},      {"stderr", "fd/2"},
                            {"ptmx", "pts/ptmx"},    {"console", "null"}};  // nobody reads it

// Nodes of its own: a program that changes the mode of a bound one would change the machine's.
void make_devices(int root) {
  if (!mount_at(root, "dev", "tmpfs", MS_NOSUID, "mode=755,size=1m")) fail("mount a /dev", errno);
  const Descriptor dev = place(root, "dev");
  for (const Node& node : k_nodes) {
    if (::mknodat(dev.get(), node.name, S_IFCHR | 0666, makedev(node.major, node.minor)) == 0) {
      if (::fchmodat(dev.get(), node.name, 0666, 0) != 0)
        fail(format("open /dev/{} to all", node.name), errno);
      continue;
    }
    // A container that may not make nodes: the machine's, unchangeable.
    const std::string path = format("dev/{}", node.name);
    if (::mknodat(dev.get(), node.name, S_IFREG | 0600, 0) != 0 ||
        !bind_read_only(("/" + path).c_str(), root, path.c_str())) {
      fail("make /" + path, errno);
    }
  }
  for (const auto& [name, to] : k_links) {
    if (::symlinkat(to, dev.get(), name) != 0) fail(format("make /dev/{}", name), errno);
  }
  ::mkdirat(dev.get(), "shm", 0755);
  ::mkdirat(dev.get(), "pts", 0755);
  if (!mount_at(root, "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")) fail("mount a /dev/shm", errno);
  // Where a container forbids it, programs do without a terminal: apt writes no term.log then.
  mount_at(root, "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620,gid=5");
}

// An empty /run, with the folders that the tree's packages made in theirs.
void make_run(int root, const Tree& tree) {
  std::vector<std::pair<std::string, FileInfo>> folders;
  for (const std::string& name : tree.list("/run")) {
    const auto info = tree.info("/run/" + name);
    if (info && info->type == FileInfo::Type::directory) folders.emplace_back(name, *info);
  }
  if (!mount_at(root, "run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")) fail("mount a /run", errno);
  tree.make_directories("/run/lock", 01777);
  for (const auto& [name, info] : folders) {
    tree.make_directories("/run/" + name, info.mode, info.owner);
  }
}

// The machine's name servers, without changing a file of the tree: over the file that is there, or, for the
// dangling link of systemd-resolved, in the /run that is ours. A tree with neither has none.
void lend_name_servers(int root, const Tree& tree) {
  constexpr auto k_file = "/etc/resolv.conf";
  if (::access(k_file, R_OK) != 0) return;
  if (!tree.info_followed(k_file)) {
    const auto target = tree.read_link(k_file);
    if (!target) return;
    const auto path = ("/etc" / std::filesystem::path(*target)).lexically_normal();
    if (path.native().rfind("/run/", 0) != 0) return;
    tree.make_directories(path.parent_path());
    tree.write(path, "");
  }
  if (tree.info_followed(k_file)->type == FileInfo::Type::regular)
    bind_read_only(k_file, root, "etc/resolv.conf");
}

bool make_all_private() { return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0; }

/// The mounts of this namespace are seen by nobody else from here on.
void make_mounts_private() {
  if (make_all_private()) return;
  if (errno != EINVAL) fail("make the mounts private", errno);
  // We are in a chroot whose / is no mount; what is mounted below it would show around it. Joining the
  // namespace that we are in leads to its own /, where it can be done; then we go back.
  const Descriptor here(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  const Descriptor ours(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!here || !ours || ::setns(ours.get(), CLONE_NEWNS) != 0 || !make_all_private() ||
      ::fchdir(here.get()) != 0 || ::chroot(".") != 0)
    fail("make the mounts private", errno);
}

}  // namespace

void enter_private_root(const std::filesystem::path& root) {
  make_mounts_private();
  // Onto itself: the tree becomes a mount, so that programs find their / in /proc/mounts.
  if (::mount(root.c_str(), root.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) {
    fail("bind " + root.native(), errno);
  }
  if (::mount(nullptr, root.c_str(), nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    fail("make the mounts private", errno);
  const Descriptor top(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!top) fail("open " + root.native(), errno);
  const Tree tree(root);
  for (const char* needed : {"/proc", "/dev", "/sys", "/run"}) tree.make_directories(needed);
  make_devices(top.get());
  make_run(top.get(), tree);
  lend_name_servers(top.get(), tree);
  // Nice to have; containers may forbid it.
  mount_at(top.get(), "sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, nullptr);
  if (!mount_at(top.get(), "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr))
    fail("mount a /proc", errno);
  if (::fchdir(top.get()) != 0 || ::chroot(".") != 0 || ::chdir("/") != 0)
    fail("enter " + root.native(), errno);
}

}  // namespace rigsetup
