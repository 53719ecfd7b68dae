// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/http_server.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace rigsetup::test {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string decoded_path(const std::string& target) {
  std::string path;
  for (std::size_t i = 0; i < target.size() && target[i] != '?'; ++i) {
    if (target[i] == '%' && i + 2 < target.size()) {
      path += static_cast<char>(std::stoi(target.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      path += target[i];
    }
  }
  return path;
}

HttpRequest parse(const std::string& head) {
  HttpRequest request;
  const std::size_t end_of_line = head.find("\r\n");
  const std::string first = head.substr(0, end_of_line);
  const std::size_t space = first.find(' ');
  request.method = first.substr(0, space);
  request.path = decoded_path(first.substr(space + 1, first.rfind(' ') - space - 1));
  for (std::size_t at = end_of_line + 2; at < head.size();) {
    const std::size_t end = std::min(head.find("\r\n", at), head.size());
    const std::string line = head.substr(at, end - at);
    if (const std::size_t colon = line.find(':'); colon != std::string::npos) {
      const std::size_t value = line.find_first_not_of(' ', colon + 1);
      request.headers[lower(line.substr(0, colon))] = value == std::string::npos ? "" : line.substr(value);
    }
    at = end + 2;
  }
  return request;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string http_time(time_t time) {
  tm parts{};
  gmtime_r(&time, &parts);
  char text[64];
  strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text;
}

std::optional<std::size_t> range_start(const HttpRequest& request, const std::string& etag,
                                       const std::string& time) {
  const auto range = request.headers.find("range");
  if (range == request.headers.end() || range->second.rfind("bytes=", 0) != 0) return std::nullopt;
  const auto condition = request.headers.find("if-range");
  if (condition != request.headers.end() && condition->second != etag && condition->second != time)
    return std::nullopt;
  return std::stoull(range->second.substr(6));
}

}  // namespace

HttpServer::HttpServer(std::filesystem::path folder) : folder_(std::move(folder)) { listen(); }

HttpServer::HttpServer(Handler handler) : handler_(std::move(handler)) { listen(); }

HttpServer::~HttpServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    std::lock_guard lock(mutex_);
    for (int socket : open_sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& connection : connections_) connection.join();
  ::close(listener_);
}

void HttpServer::listen() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("cannot listen on the loopback interface");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_loop(); });
}

void HttpServer::accept_loop() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;  // the listener was shut down
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    std::lock_guard lock(mutex_);
    open_sockets_.push_back(socket);
    connections_.emplace_back([this, socket] { serve(socket); });
  }
}

void HttpServer::serve(int socket) {
  std::string buffer;
  bool keep = true;
  while (keep) {
    std::size_t end = buffer.find("\r\n\r\n");
    while (end == std::string::npos) {
      char piece[4096];
      const ssize_t got = ::recv(socket, piece, sizeof piece, 0);
      if (got <= 0) break;
      buffer.append(piece, static_cast<std::size_t>(got));
      if (!std::isupper(static_cast<unsigned char>(buffer[0]))) break;  // no HTTP: TLS, for one
      end = buffer.find("\r\n\r\n");
    }
    if (end == std::string::npos) break;
    const HttpRequest request = parse(buffer.substr(0, end + 2));
    buffer.erase(0, end + 4);
    keep = answer(socket, request);
  }
  std::lock_guard lock(
      mutex_);  // so that the destructor never shuts down a number that was given to someone else
  ::close(socket);
  open_sockets_.remove(socket);
}

bool HttpServer::answer(int socket, const HttpRequest& request) {
  const HttpFault fault = next_fault(request.path);
  {
    std::lock_guard lock(mutex_);
    seen_.push_back(request);
  }
  HttpReply reply;
  if (fault.status != 0) {
    reply.status = fault.status;
    reply.body = "told to fail\n";
    if (!fault.retry_after.empty()) reply.headers.emplace_back("Retry-After", fault.retry_after);
    if (!fault.location.empty()) reply.headers.emplace_back("Location", fault.location);
  } else {
    reply = handler_ ? handler_(request) : from_folder(request, fault.ignore_range, fault.other_content);
  }
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " as told\r\n";
  for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
  if (reply.status != 304) head += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
  if (!send_all(socket, head + "\r\n") || request.method == "HEAD" || reply.status == 304) {
    return request.method == "HEAD" || reply.status == 304;
  }
  const std::size_t cut = std::min({fault.reset_after, fault.close_after, reply.body.size()});
  constexpr std::size_t k_piece = 16 << 10;
  for (std::size_t at = 0; at < cut; at += k_piece) {
    std::this_thread::sleep_for(fault.pause);
    if (!send_all(socket, std::string_view(reply.body).substr(at, std::min(k_piece, cut - at)))) return false;
  }
  if (cut == fault.reset_after && cut < reply.body.size()) {
    // What was sent must have arrived before the reset throws it away.
    for (int unsent = 1; unsent > 0;) {
      tcp_info info{};
      socklen_t size = sizeof info;
      if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) break;
      unsent = static_cast<int>(info.tcpi_unacked);
      if (unsent > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const linger hard{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  return cut == reply.body.size();
}

HttpReply HttpServer::from_folder(const HttpRequest& request, bool ignore_range, bool other_content) const {
  HttpReply reply;
  const auto relative = std::filesystem::path(request.path).lexically_normal().relative_path();
  const auto file = folder_ / relative;
  struct stat status {};
  std::ifstream stream(file, std::ios::binary);
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || !stream) {
    reply.status = 404;
    reply.body = "not found\n";
    return reply;
  }
  reply.body.assign(std::istreambuf_iterator<char>(stream), {});
  if (other_content) {
    for (char& c : reply.body) c = static_cast<char>(~c);
  }
  const std::string time = http_time(status.st_mtime);
  const std::string etag = "\"" + std::to_string(status.st_size) + "-" +
                           std::to_string(status.st_mtim.tv_nsec) + (other_content ? "-other\"" : "\"");
  reply.headers = {{"ETag", etag}, {"Last-Modified", time}};
  const auto since = request.headers.find("if-modified-since");
  if (since != request.headers.end() && since->second == time) {
    reply.status = 304;
    reply.body.clear();
    return reply;
  }
  if (ignore_range) return reply;
  reply.headers.emplace_back("Accept-Ranges", "bytes");
  if (const auto start = range_start(request, etag, time)) {
    const std::size_t size = reply.body.size();
    if (*start >= size) {
      reply.status = 416;
      reply.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
      reply.body.clear();
    } else {
      reply.status = 206;
      reply.headers.emplace_back("Content-Range", "bytes " + std::to_string(*start) + "-" +
                                                      std::to_string(size - 1) + "/" + std::to_string(size));
      reply.body.erase(0, *start);
    }
  }
  return reply;
}

void HttpServer::fail(const std::string& path, HttpFault fault) {
  std::lock_guard lock(mutex_);
  faults_[path].push_back(std::move(fault));
}

HttpFault HttpServer::next_fault(const std::string& path) {
  std::lock_guard lock(mutex_);
  const auto found = faults_.find(path);
  if (found == faults_.end() || found->second.empty()) return {};
  HttpFault& next = found->second.front();
  const HttpFault fault = next;
  if (next.times > 0 && --next.times == 0) found->second.pop_front();
  return fault;
}

int HttpServer::requests(const std::string& path) const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(std::count_if(seen_.begin(), seen_.end(),
                                        [&](const HttpRequest& request) { return request.path == path; }));
}

int HttpServer::requests() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(seen_.size());
}

std::vector<HttpRequest> HttpServer::seen() const {
  std::lock_guard lock(mutex_);
  return seen_;
}

}  // namespace rigsetup::test
