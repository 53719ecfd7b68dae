// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <rigsetup/event/reporter.hpp>
#include <rigsetup/host/host.hpp>

namespace rigsetup::apt {

/// A file descriptor inside a tree, opened so that no link leads out of it.
class TreeFile {
 public:
  /// Nothing there: is_open() is false. Other failures are an Error(io).
  TreeFile(const Tree& tree, const std::filesystem::path& path, int flags, unsigned mode = 0);
  TreeFile(TreeFile&& other) noexcept;
  TreeFile& operator=(const TreeFile&) = delete;
  ~TreeFile();
  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

inline constexpr const char* k_frontend_lock = "/var/lib/dpkg/lock-frontend";
inline constexpr const char* k_dpkg_lock = "/var/lib/dpkg/lock";
inline constexpr const char* k_archives_lock = "/var/cache/apt/archives/lock";
inline constexpr const char* k_lists_lock = "/var/lib/apt/lists/lock";

/// Who holds the lock: "apt-get (812)"; nothing when it is free. A holder inside another pid namespace is
/// seen too.
std::optional<std::string> lock_holder(const Tree& tree, const std::filesystem::path& lock);

/// How long to wait, and what to tell meanwhile.
struct Waiting {
  const Host& host;
  Reporter& reporter;
  std::chrono::seconds timeout;
  std::stop_token stop;
};

/// Waits until none of the locks is held; takes none of them. Ends nobody. Throws Error(busy) naming the
/// holder when the time is over, Cancelled on a stop request.
void wait_until_free(const std::vector<std::filesystem::path>& locks, const Waiting& waiting);

/// Holds apt's lock on its lists from construction to destruction; waits for it as above.
class ListsLock {
 public:
  explicit ListsLock(const Waiting& waiting);

 private:
  TreeFile file_;
};

}  // namespace rigsetup::apt
