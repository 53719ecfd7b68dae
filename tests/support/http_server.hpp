// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace rigsetup::test {

struct HttpRequest {
  std::string method;
  std::string path;                            ///< decoded, without the query
  std::map<std::string, std::string> headers;  ///< names in lower case
};

struct HttpReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  ///< Content-Length is added
  std::string body;
};

/// What goes wrong with the next requests for a path.
struct HttpFault {
  static constexpr std::size_t k_never = static_cast<std::size_t>(-1);
  int times = 1;                       ///< how many requests suffer; -1: all
  int status = 0;                      ///< answer with this status and no body of the file
  std::string retry_after = {};        ///< header sent along with `status`
  std::string location = {};           ///< header sent along with `status`: a redirect
  std::size_t reset_after = k_never;   ///< connection reset after that many bytes of the body
  std::size_t close_after = k_never;   ///< orderly end after that many bytes: a truncated body
  bool ignore_range = false;           ///< 200 with everything, as a server without ranges
  bool other_content = false;          ///< same length, flipped bytes, another ETag
  std::chrono::milliseconds pause{0};  ///< before each 16 KiB of the body: a slow server
};

/// A small HTTP/1.1 server on a loopback port of its own (keep-alive, HEAD, ranges, ETag, If-Range,
/// If-Modified-Since, 304), in its own threads. Serves the files below a folder, or what a function says.
/// Ends with its object.
class HttpServer {
 public:
  using Handler = std::function<HttpReply(const HttpRequest&)>;
  explicit HttpServer(std::filesystem::path folder);
  explicit HttpServer(Handler handler);
  HttpServer(const HttpServer&) = delete;
  ~HttpServer();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }
  void fail(const std::string& path,
            HttpFault fault);  ///< faults of a path happen in the order they were given
  int requests(const std::string& path) const;
  int requests() const;
  std::vector<HttpRequest> seen() const;

 private:
  void listen();
  void accept_loop();
  void serve(int socket);
  bool answer(int socket, const HttpRequest& request);
  HttpReply from_folder(const HttpRequest& request, bool ignore_range, bool other_content) const;
  HttpFault next_fault(const std::string& path);

  std::filesystem::path folder_;
  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<HttpRequest> seen_;
  std::map<std::string, std::list<HttpFault>> faults_;
  std::list<int> open_sockets_;
  std::list<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace rigsetup::test
