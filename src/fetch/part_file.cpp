// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "fetch/part_file.hpp"

#include <cerrno>
#include <fstream>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup::fetch {
namespace {

int open_writable(const std::filesystem::path& path) {
  return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
}

}  // namespace

PartFile::PartFile(std::filesystem::path final_path)
    : final_path_(std::move(final_path)),
      path_(final_path_.native() + ".part"),
      note_path_(final_path_.native() + ".part.from"),
      fd_(open_writable(path_)) {
  if (fd_ < 0) fail("open", errno);
  struct stat mine {};
  struct stat named {};
  const bool locked = ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
  // Between open and lock another download may have completed and taken the file away.
  if (!locked || ::fstat(fd_, &mine) != 0 || ::stat(path_.c_str(), &named) != 0 ||
      mine.st_ino != named.st_ino) {
    ::close(fd_);
    throw Error(Code::busy, format("cannot write {}: another download is writing it", path_.native()));
  }
  if (!S_ISREG(mine.st_mode)) {
    ::close(fd_);
    throw Error(Code::io, format("cannot write {}: it is no regular file", path_.native()));
  }
  size_ = static_cast<std::uint64_t>(mine.st_size);
}

PartFile::~PartFile() { ::close(fd_); }

std::uint64_t PartFile::take_up(const std::string& url) {
  std::string of_url;
  std::ifstream note(note_path_);
  if (!std::getline(note, of_url) || !std::getline(note, version_) || of_url != url || version_.empty()) {
    start_over(url, {});
    return 0;
  }
  hash_what_is_there();
  return size_;
}

void PartFile::hash_what_is_there() {
  digest_ = Sha256();
  size_ = 0;
  std::vector<char> piece(1 << 18);
  for (;;) {
    const ssize_t got = ::pread(fd_, piece.data(), piece.size(), static_cast<off_t>(size_));
    if (got < 0) fail("read", errno);
    if (got == 0) return;
    digest_.add({piece.data(), static_cast<std::size_t>(got)});
    size_ += static_cast<std::uint64_t>(got);
  }
}

void PartFile::start_over(const std::string& url, const std::string& version) {
  // The note first goes, then comes: bytes are never taken for those of another version.
  ::unlink(note_path_.c_str());
  if (::ftruncate(fd_, 0) != 0) fail("empty", errno);
  digest_ = Sha256();
  size_ = 0;
  version_ = version;
  if (version_.empty()) return;
  std::ofstream note(note_path_);
  if (!(note << url << "\n" << version_ << "\n" << std::flush)) {
    ::unlink(note_path_.c_str());  // it can still be fetched, but not gone on with
    version_.clear();
  }
}

void PartFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", errno);
    const auto count = static_cast<std::size_t>(written);
    digest_.add(bytes.substr(0, count));
    size_ += count;
    bytes.remove_prefix(count);
  }
}

std::uint64_t PartFile::free_bytes() const {
  struct statvfs status {};
  if (::fstatvfs(fd_, &status) != 0) return UINT64_MAX;
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

void PartFile::complete() {
  if (::fsync(fd_) != 0) fail("write", errno);
  if (::rename(path_.c_str(), final_path_.c_str()) != 0) fail("rename", errno);
  ::unlink(note_path_.c_str());
  const auto folder = final_path_.parent_path();
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && (::fsync(fd) == 0 || errno == EINVAL);
  const int error_number = errno;
  if (fd >= 0) ::close(fd);
  if (!synced) fail("sync the folder of", error_number);
}

void PartFile::discard() {
  ::unlink(note_path_.c_str());
  ::unlink(path_.c_str());
}

void PartFile::fail(std::string_view doing, int error_number) {
  if (error_number == ENOSPC || error_number == EDQUOT) discard();  // it would keep the disk full
  throw errno_error(format("{} {}", doing, path_.native()), error_number);
}

}  // namespace rigsetup::fetch
