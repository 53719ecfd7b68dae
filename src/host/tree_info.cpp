// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <numeric>

#include <fcntl.h>
#include <sys/stat.h>

#include <rigsetup/host/tree.hpp>

#include "host/path_walk.hpp"

namespace rigsetup {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileInfo info_of(const struct stat& status) {
  FileInfo info;
  info.type = S_ISREG(status.st_mode)   ? FileInfo::Type::regular
              : S_ISDIR(status.st_mode) ? FileInfo::Type::directory
              : S_ISLNK(status.st_mode) ? FileInfo::Type::symlink
                                        : FileInfo::Type::other;
  info.mode = status.st_mode & 07777;
  info.owner = {status.st_uid, status.st_gid};
  info.size = static_cast<std::uint64_t>(status.st_size);
  info.modified_ns = nanoseconds(status.st_mtim);
  info.changed_ns = nanoseconds(status.st_ctim);
  info.inode = status.st_ino;
  return info;
}

}  // namespace

std::optional<FileInfo> Tree::info(const std::filesystem::path& path) const {
  const PathWalk at(fd_, path, Links::keep);
  if (!at.exists()) return std::nullopt;
  return info_of(at.status());
}

std::optional<FileInfo> Tree::info_followed(const std::filesystem::path& path) const {
  const PathWalk at(fd_, path, Links::follow);
  if (!at.exists()) return std::nullopt;
  return info_of(at.status());
}

std::vector<std::optional<FileInfo>> Tree::infos(const std::filesystem::path& directory,
                                                 const std::vector<std::string>& names) const {
  std::vector<std::optional<FileInfo>> infos(names.size());
  const PathWalk at(fd_, directory, Links::follow);
  if (!at.exists() || !S_ISDIR(at.status().st_mode)) return infos;
  const Descriptor top = at.open(O_RDONLY | O_DIRECTORY, "list");
  Descriptor folder;
  std::string_view folder_name;
  // By name, so that each folder is opened once.
  std::vector<std::size_t> order(names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return names[a] < names[b]; });
  for (const std::size_t i : order) {
    const std::string_view name = names[i];
    const std::size_t slash = name.rfind('/');
    const std::size_t last = slash == std::string_view::npos ? 0 : slash + 1;
    const std::string_view parent = name.substr(0, last);
    if (name.substr(last) == "..") continue;  // it would lead out of the directory
    if (!folder || parent != folder_name) {
      folder_name = parent;
      folder = Descriptor(
          open_below(top.get(), parent.empty() ? "." : std::string(parent).c_str(), O_PATH | O_DIRECTORY));
    }
    struct stat status {};
    if (!folder || ::fstatat(folder.get(), names[i].c_str() + last, &status, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    infos[i] = info_of(status);
  }
  return infos;
}

}  // namespace rigsetup
