// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>

namespace rigsetup::server {

/// The listening unix socket: the one systemd passed, or one made at the path. Every local user may connect;
/// what each may do is decided by who it is, request by request.
class Listener {
 public:
  /// A socket that nobody listens on any more is replaced. Throws Error(busy) when somebody does, Error(io).
  explicit Listener(const std::filesystem::path& path);
  Listener(const Listener&) = delete;
  ~Listener();
  int release();  ///< the descriptor, to be closed by the caller; the path is removed in the end nevertheless

 private:
  int fd_ = -1;
  std::filesystem::path made_;  ///< empty: systemd's
};

}  // namespace rigsetup::server
