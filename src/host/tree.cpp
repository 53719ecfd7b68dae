// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/tree.hpp>

#include "host/path_walk.hpp"

namespace rigsetup {
namespace {

std::string_view type_name(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return "a directory";
    case S_IFLNK:
      return "a symbolic link";
    case S_IFIFO:
      return "a FIFO";
    case S_IFSOCK:
      return "a socket";
    case S_IFBLK:
    case S_IFCHR:
      return "a device";
    default:
      return "a regular file";
  }
}

void require_regular(const PathWalk& at, const struct stat& status) {
  if (S_ISREG(status.st_mode)) return;
  throw Error(Code::io,
              format("cannot read {}: it is {}, not a regular file", at.path(), type_name(status.st_mode)));
}

/// The file at the end of the walk, for reading.
Descriptor open_regular(const PathWalk& at, struct stat& status) {
  require_regular(at, at.status());  // before opening: to open a device or a FIFO can do things already
  Descriptor file = at.open(O_RDONLY | O_NONBLOCK, "read");
  if (::fstat(file.get(), &status) != 0) at.fail("read", errno);
  require_regular(at, status);
  return file;
}

/// The next piece of `file`; empty at its end.
std::string_view next_piece(int file, std::string& buffer, const std::filesystem::path& path) {
  buffer.resize(1 << 20);
  for (;;) {
    const ssize_t got = ::read(file, buffer.data(), buffer.size());
    if (got >= 0) return std::string_view(buffer).substr(0, static_cast<std::size_t>(got));
    if (errno != EINTR) throw errno_error("read " + path.native(), errno);
  }
}

void write_all(const PathWalk& at, int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) at.fail("write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void give(const PathWalk& at, int fd, unsigned mode, Owner owner) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) at.fail("look at", errno);
  if ((status.st_uid != owner.uid || status.st_gid != owner.gid) && ::fchown(fd, owner.uid, owner.gid) != 0) {
    at.fail(format("give to {}:{}", owner.uid, owner.gid), errno);
  }
  if (::fchmod(fd, mode) != 0) at.fail("set the mode of", errno);
}

/// A name beside a file that is about to replace it; removed unless it took the file's place. It is always
/// the same for a file, so that what a crash left is found and gone with the next try.
class Replacement {
 public:
  explicit Replacement(const PathWalk& at) : at_(at), name_("." + at.name() + ".rigsetup-new") {
    // The name must stay within what a directory can hold.
    if (name_.size() > NAME_MAX) name_ = ".rigsetup-new-" + sha256_hex(at.name()).substr(0, 24);
    ::unlinkat(at_.parent(), name_.c_str(), 0);
  }
  Replacement(const Replacement&) = delete;
  ~Replacement() {
    if (!placed_) ::unlinkat(at_.parent(), name_.c_str(), 0);
  }
  const char* name() const { return name_.c_str(); }
  void place(std::string_view doing) {
    if (::renameat(at_.parent(), name_.c_str(), at_.parent(), at_.name().c_str()) != 0)
      at_.fail(doing, errno);
    placed_ = true;
    at_.sync_parent(doing);
  }

 private:
  const PathWalk& at_;
  std::string name_;
  bool placed_ = false;
};

/// Puts a new file, made by `fill`, in the place where the walk ended.
void replace(const PathWalk& at, unsigned mode, Owner owner, const std::function<void(int file)>& fill) {
  if (!at.parent_exists()) at.fail("write", ENOENT);
  if (at.exists() && S_ISDIR(at.status().st_mode)) at.fail("write", EISDIR);
  Replacement replacement(at);
  const Descriptor file(
      open_below(at.parent(), replacement.name(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
  if (!file) at.fail("write", errno);
  fill(file.get());
  give(at, file.get(), mode, owner);
  if (::fsync(file.get()) != 0) at.fail("write", errno);
  replacement.place("write");
}

using Folder = std::unique_ptr<DIR, int (*)(DIR*)>;

std::vector<std::string> names_in(const PathWalk& at, int fd) {
  Descriptor again(open_below(fd, ".", O_RDONLY | O_DIRECTORY));
  if (!again) at.fail("list", errno);
  const Folder folder(::fdopendir(again.get()), ::closedir);
  if (!folder) at.fail("list", errno);
  again.release();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) at.fail("list", errno);
  return names;
}

// `folder` is an open directory; what it holds goes, itself stays.
void remove_contents(const PathWalk& at, int folder) {
  for (const std::string& name : names_in(at, folder)) {
    if (::unlinkat(folder, name.c_str(), 0) == 0 || errno == ENOENT) continue;
    if (errno != EISDIR) at.fail("remove " + name + " in", errno);
    // NO_XDEV: not even a bind mount of the same file system is entered.
    const Descriptor below(
        open_below(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, RESOLVE_NO_XDEV));
    if (!below && errno == EXDEV) {
      throw Error(Code::busy, format("cannot remove {}: something is mounted at {} in it", at.path(), name),
                  "unmount it first");
    }
    if (!below) at.fail("remove " + name + " in", errno);
    remove_contents(at, below.get());
    if (::unlinkat(folder, name.c_str(), AT_REMOVEDIR) != 0) at.fail("remove " + name + " in", errno);
  }
}

}  // namespace

Tree::Tree(std::filesystem::path root) : root_(std::move(root)) {
  if (!root_.is_absolute()) root_ = std::filesystem::absolute(root_);
  root_ = root_.lexically_normal();
  if (root_.has_relative_path() && !root_.has_filename()) root_ = root_.parent_path();
  fd_ = ::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd_ < 0) {
    if (errno != ENOENT && errno != ENOTDIR) throw errno_error("open the tree " + root_.native(), errno);
    throw Error(Code::not_found, format("cannot use {} as a root: it is no directory", root_.native()));
  }
  struct stat mine {};
  struct stat machine {};
  if (::fstat(fd_, &mine) == 0 && ::stat("/", &machine) == 0 && mine.st_dev == machine.st_dev &&
      mine.st_ino == machine.st_ino) {
    root_ = "/";  // also when it was named through a link
  }
}

Tree::Tree(const Tree& other) : root_(other.root_), fd_(::fcntl(other.fd_, F_DUPFD_CLOEXEC, 3)) {
  if (fd_ < 0) throw errno_error("open the tree " + root_.native(), errno);
}

Tree::~Tree() { ::close(fd_); }

std::filesystem::path Tree::outside(const std::filesystem::path& path) const {
  return root_ / ("/" / path).lexically_normal().relative_path();
}

std::optional<std::string> Tree::read(const std::filesystem::path& path, std::size_t limit) const {
  const PathWalk at(fd_, path, Links::follow);
  if (!at.exists()) return std::nullopt;
  struct stat status {};
  const Descriptor file = open_regular(at, status);
  const auto too_large = [&] {
    return Error(Code::io, format("cannot read {}: it is larger than {}", path.native(), human_bytes(limit)));
  };
  if (static_cast<std::uint64_t>(status.st_size) > limit) throw too_large();
  std::string bytes;
  // Files of /proc and /sys say 0 or a page: read to the end whatever the size says.
  const std::size_t piece =
      std::clamp<std::size_t>(static_cast<std::size_t>(status.st_size) + 1, 4096, 1 << 20);
  for (;;) {
    const std::size_t have = bytes.size();
    bytes.resize(have + std::min(piece, limit - have + 1));
    const ssize_t got = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno != EINTR) at.fail("read", errno);
    bytes.resize(have + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return bytes;
    if (bytes.size() > limit) throw too_large();
  }
}

std::optional<std::string> Tree::read_part(const std::filesystem::path& path, std::uint64_t offset,
                                           std::size_t bytes) const {
  const PathWalk at(fd_, path, Links::follow);
  if (!at.exists()) return std::nullopt;
  struct stat status {};
  const Descriptor file = open_regular(at, status);
  std::string part(bytes, '\0');
  std::size_t have = 0;
  while (have < bytes) {
    const ssize_t got =
        ::pread(file.get(), part.data() + have, bytes - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno != EINTR) at.fail("read", errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(std::max<ssize_t>(got, 0));
  }
  part.resize(have);
  return part;
}

bool Tree::read_in_pieces(const std::filesystem::path& path,
                          const std::function<bool(std::string_view)>& each) const {
  const PathWalk at(fd_, path, Links::follow);
  if (!at.exists()) return false;
  struct stat status {};
  const Descriptor file = open_regular(at, status);
  std::string buffer;
  for (std::string_view piece; !(piece = next_piece(file.get(), buffer, path)).empty();) {
    if (!each(piece)) break;
  }
  return true;
}

std::optional<std::string> Tree::read_link(const std::filesystem::path& path) const {
  const PathWalk at(fd_, path, Links::keep);
  if (!at.exists() || !S_ISLNK(at.status().st_mode)) return std::nullopt;
  char target[PATH_MAX];
  const ssize_t size = ::readlinkat(at.parent(), at.name().c_str(), target, sizeof target);
  if (size < 0) at.fail("read the link", errno);
  return std::string(target, static_cast<std::size_t>(size));
}

std::vector<std::string> Tree::list(const std::filesystem::path& directory) const {
  const PathWalk at(fd_, directory, Links::follow);
  if (!at.exists()) return {};
  const Descriptor folder = at.open(O_RDONLY | O_DIRECTORY, "list");
  std::vector<std::string> names = names_in(at, folder.get());
  std::sort(names.begin(), names.end());
  return names;
}

void Tree::write(const std::filesystem::path& path, std::string_view bytes, unsigned mode,
                 Owner owner) const {
  const PathWalk at(fd_, path, Links::keep, owner);
  replace(at, mode, owner, [&](int file) { write_all(at, file, bytes); });
}

void Tree::copy(const std::filesystem::path& from, const std::filesystem::path& to, unsigned mode,
                Owner owner) const {
  // Each walk has its own rights: the first ends before the second begins.
  const Descriptor source = [&] {
    const PathWalk at(fd_, from, Links::follow);
    if (!at.exists()) at.fail("read", ENOENT);
    struct stat status {};
    return open_regular(at, status);
  }();
  const PathWalk at(fd_, to, Links::keep, owner);
  replace(at, mode, owner, [&](int file) {
    std::string buffer;
    for (std::string_view piece; !(piece = next_piece(source.get(), buffer, from)).empty();)
      write_all(at, file, piece);
  });
}

void Tree::set_attributes(const std::filesystem::path& path, unsigned mode, Owner owner) const {
  const PathWalk at(fd_, path, Links::follow, owner);
  if (!at.exists()) at.fail("set the mode of", ENOENT);
  if (!S_ISREG(at.status().st_mode) && !S_ISDIR(at.status().st_mode)) {
    throw Error(Code::io,
                format("cannot set the mode of {}: it is {}", path.native(), type_name(at.status().st_mode)));
  }
  const Descriptor file = at.open(O_RDONLY | O_NONBLOCK, "set the mode of");
  give(at, file.get(), mode, owner);
  if (::fsync(file.get()) != 0 && errno != EINVAL) at.fail("set the mode of", errno);
}

void Tree::make_directories(const std::filesystem::path& path, unsigned mode, Owner owner) const {
  const PathWalk at(fd_, path, Links::follow, owner, Making{mode, owner});
  if (!S_ISDIR(at.status().st_mode)) at.fail("make", ENOTDIR);
}

void Tree::make_link(const std::filesystem::path& path, const std::string& target) const {
  const PathWalk at(fd_, path, Links::keep);
  if (!at.parent_exists()) at.fail("make the link", ENOENT);
  Replacement replacement(at);
  if (::symlinkat(target.c_str(), at.parent(), replacement.name()) != 0) at.fail("make the link", errno);
  replacement.place("make the link");
}

bool Tree::remove(const std::filesystem::path& path) const {
  const PathWalk at(fd_, path, Links::keep);
  if (!at.exists()) return false;
  const int flags = S_ISDIR(at.status().st_mode) ? AT_REMOVEDIR : 0;
  if (::unlinkat(at.parent(), at.name().c_str(), flags) != 0) {
    if (errno == ENOENT) return false;
    at.fail("remove", errno);
  }
  at.sync_parent("remove");
  return true;
}

void Tree::remove_all(const std::filesystem::path& path) const {
  const PathWalk at(fd_, path, Links::keep);
  if (!at.exists()) return;
  if (at.name() == ".") at.fail("remove all of", EBUSY);  // the root itself, or a path that ends in ".."
  if (S_ISDIR(at.status().st_mode)) {
    const Descriptor folder(
        open_below(at.parent(), at.name().c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, RESOLVE_NO_XDEV));
    if (!folder) at.fail("remove all of", errno);
    remove_contents(at, folder.get());
  }
  const int flags = S_ISDIR(at.status().st_mode) ? AT_REMOVEDIR : 0;
  if (::unlinkat(at.parent(), at.name().c_str(), flags) != 0 && errno != ENOENT)
    at.fail("remove all of", errno);
  at.sync_parent("remove all of");
}

std::uint64_t Tree::free_bytes(const std::filesystem::path& path) const {
  const PathWalk at(fd_, path, Links::follow);
  const Descriptor place(open_below(at.parent(), at.exists() ? at.name().c_str() : ".", O_PATH | O_NOFOLLOW));
  struct statfs status {};
  if (!place || ::fstatfs(place.get(), &status) != 0) at.fail("ask for the free space at", errno);
  return static_cast<std::uint64_t>(status.f_bavail) * static_cast<std::uint64_t>(status.f_bsize);
}

}  // namespace rigsetup
