// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace rigsetup {

/// Who a file belongs to, or a program runs as.
struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;
  bool operator==(const Owner&) const = default;
};

struct FileInfo {
  enum class Type { regular, directory, symlink, other };
  Type type = Type::other;
  unsigned mode = 0;  ///< permission bits, as chmod takes them
  Owner owner;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  ///< since the epoch
  std::uint64_t inode = 0;
  /// When its content, owner or place changed. Nobody can set it: a package's files bear the time at which they
  /// were packed as `modified_ns`, and this one is when they came.
  std::int64_t changed_ns = 0;
};

/// Files below a root directory. Paths are absolute inside the tree ("/etc/hosts"); no link leads out of it
/// (openat2, RESOLVE_IN_ROOT). What lies below a directory that root does not own is read and written with
/// that owner's rights (a thread's file-system identity), so that nobody can make root follow a planted link.
/// Only regular files are opened, never blocking. Any thread; every failure is an Error(io) that names the
/// path.
class Tree {
 public:
  explicit Tree(std::filesystem::path root);  ///< throws Error(not_found) if it is no directory
  Tree(const Tree&);
  Tree& operator=(const Tree&) = delete;
  ~Tree();

  const std::filesystem::path& root() const { return root_; }
  bool is_machine() const { return root_ == "/"; }
  /// The path as a program outside the tree names it. Only for messages and for trees whose every folder is
  /// root's.
  std::filesystem::path outside(const std::filesystem::path& path) const;

  std::optional<FileInfo> info(const std::filesystem::path& path) const;  ///< of a link itself (lstat)
  std::optional<FileInfo> info_followed(const std::filesystem::path& path) const;
  /// Of many files below one directory, by their paths in it ("lib/libz.so"), in their order: of links
  /// themselves, nothing for what is not there. The way to the directory is walked once.
  std::vector<std::optional<FileInfo>> infos(const std::filesystem::path& directory,
                                             const std::vector<std::string>& names) const;
  std::optional<std::string> read(const std::filesystem::path& path, std::size_t limit = 64 << 20) const;
  /// At most `bytes` from there on; less where the file ends.
  std::optional<std::string> read_part(const std::filesystem::path& path, std::uint64_t offset,
                                       std::size_t bytes) const;
  /// Of any size: calls `each` with piece after piece until it returns false. False when there is no such
  /// file.
  bool read_in_pieces(const std::filesystem::path& path,
                      const std::function<bool(std::string_view)>& each) const;
  std::optional<std::string> read_link(const std::filesystem::path& path) const;
  std::vector<std::string> list(
      const std::filesystem::path& directory) const;  ///< sorted names; empty if absent

  /// Atomic: a new file beside it, synced, renamed over it, directory synced. Parents must exist.
  void write(const std::filesystem::path& path, std::string_view bytes, unsigned mode = 0644,
             Owner owner = {}) const;
  /// The same with the content of another file, of any size.
  void copy(const std::filesystem::path& from, const std::filesystem::path& to, unsigned mode = 0644,
            Owner owner = {}) const;
  void set_attributes(const std::filesystem::path& path, unsigned mode, Owner owner) const;
  void make_directories(const std::filesystem::path& path, unsigned mode = 0755, Owner owner = {}) const;
  void make_link(const std::filesystem::path& path, const std::string& target) const;  ///< atomic, replaces
  bool remove(const std::filesystem::path& path) const;  ///< a file, link or empty directory; false if absent
  void remove_all(const std::filesystem::path& path) const;  ///< never crosses a mount, never follows a link
  std::uint64_t free_bytes(const std::filesystem::path& path) const;  ///< on the file system that holds it

 private:
  std::filesystem::path root_;
  int fd_ = -1;
};

/// A user of the tree, from its /etc/passwd and /etc/group: inside another root the names differ from the
/// machine's.
struct User {
  std::string name;
  Owner owner;
  std::string home;
};
std::optional<User> find_user(const Tree& tree, std::string_view name);
std::optional<gid_t> find_group(const Tree& tree, std::string_view name);

}  // namespace rigsetup
