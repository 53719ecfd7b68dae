// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <rigsetup/protocol/messages.hpp>

namespace rigsetup::cli {

/// The daemon said no, or there is none: what it said, and the exit code that follows.
struct Refused {
  protocol::Problem problem;
  int exit = protocol::k_exit_failed;
};

/// Called about once a second while a reply is awaited, with the time it has taken so far.
using Waiting = std::function<void(std::chrono::seconds)>;

/// A reply that goes on: a line at a time, as it comes.
class LineStream {
 public:
  LineStream(LineStream&&) noexcept;
  ~LineStream();
  int descriptor() const;  ///< readable: read() will have something
  /// Adds the lines that are there without waiting for more. False: the daemon ended it, or is gone. To be
  /// called once before the first wait: lines may have come together with the head of the reply.
  bool read(std::vector<std::string>& lines);

 private:
  friend class Daemon;
  struct Impl;
  explicit LineStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The other end of the socket. A connection for each request: on a unix socket that costs nothing that
/// counts.
class Daemon {
 public:
  explicit Daemon(std::string socket) : socket_(std::move(socket)) {}
  // Each returns the body of a 2xx reply, and throws Refused otherwise.
  std::string get(const std::string& target, const Waiting& waiting = {}) const;
  std::string post(const std::string& target, const Value& body, const Waiting& waiting = {}) const;
  LineStream lines(const std::string& target, const Waiting& waiting = {}) const;
  const std::string& socket() const { return socket_; }

 private:
  std::string socket_;
};

std::string url_encoded(std::string_view text);

}  // namespace rigsetup::cli
