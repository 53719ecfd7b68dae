// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <rigsetup/data/value.hpp>

namespace rigsetup::test {

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
  Value json() const;
};

/// HTTP/1.1 over a unix socket with nothing but system calls, so that tests can also send what no library
/// would. What does not come within two minutes is a std::runtime_error.
class HttpClient {
 public:
  explicit HttpClient(const std::filesystem::path& socket);  ///< connects
  HttpClient(const HttpClient&) = delete;
  HttpClient(HttpClient&& other) noexcept;
  ~HttpClient();

  HttpAnswer get(const std::string& target) { return request("GET", target); }
  HttpAnswer post(const std::string& target, const Value& body);
  HttpAnswer request(const std::string& method, const std::string& target, const std::string& body = {});

  bool send(std::string_view bytes);  ///< false when the other end is closed
  HttpAnswer read_head();
  HttpAnswer read_reply();
  /// Of a chunked body whose head was read: its lines; nothing at its end.
  std::optional<std::string> read_line();
  bool closed_by_peer();  ///< waits for the end of the connection; false when bytes came, or nothing
  int descriptor() const { return fd_; }

 private:
  bool receive();  ///< more bytes; false at the end
  std::string take_line();
  std::string take(std::size_t count);
  bool read_chunk();
  int fd_ = -1;
  std::string buffer_;
  std::string lines_;
  bool last_chunk_ = false;
};

HttpAnswer get(const std::filesystem::path& socket, const std::string& target);
HttpAnswer post(const std::filesystem::path& socket, const std::string& target, const Value& body);

/// Connects as another user, who the daemon then takes the client for: whoever connected counts, not who
/// sends. For tests of one thread: for a moment it is the whole process that is another user.
HttpClient connect_as(uid_t uid, const std::vector<gid_t>& groups, const std::filesystem::path& socket);

/// Runs the function in a child with these rights and hands its text back.
std::string as_user(uid_t uid, const std::vector<gid_t>& groups, const std::function<std::string()>& work);
/// One request as another user.
HttpAnswer request_as(uid_t uid, const std::vector<gid_t>& groups, const std::filesystem::path& socket,
                      const std::string& method, const std::string& target, const std::string& body = {});

}  // namespace rigsetup::test
