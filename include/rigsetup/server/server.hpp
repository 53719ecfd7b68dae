// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/journal/journal.hpp>
#include <rigsetup/run/run_thread.hpp>
#include <rigsetup/run/target.hpp>

#include <memory>

namespace rigsetup {

/// The unix socket and what answers on it: HTTP/1.1 with JSON, one table of routes. One io thread (the one that calls
/// serve) and a small bounded pool for requests that must look. No timer runs while nothing is connected.
class Server {
 public:
  /// Binds the socket, or takes the one systemd passed (LISTEN_FDS). Throws Error(io) or Error(busy).
  Server(Settings settings, Journal& journal, RunThread& runs);
  Server(const Server&) = delete;
  ~Server();
  void serve();  ///< returns after SIGTERM, SIGINT or stop()
  void stop();   ///< any thread

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rigsetup
