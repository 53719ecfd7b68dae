// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/http_client.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <grp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/data/json.hpp>

namespace rigsetup::test {
namespace {

constexpr int k_patience_ms = 120'000;

bool readable(int fd, int milliseconds) {
  pollfd state{fd, POLLIN, 0};
  return poll(&state, 1, milliseconds) == 1;
}

}  // namespace

Value HttpAnswer::json() const { return parse_json(body, "a reply"); }

HttpClient::HttpClient(const std::filesystem::path& path)
    : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    const std::string why = std::strerror(errno);
    close(fd_);
    throw std::runtime_error("cannot connect to " + path.string() + ": " + why);
  }
}

HttpClient::HttpClient(HttpClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)), lines_(std::move(other.lines_)) {}

HttpClient::~HttpClient() {
  if (fd_ >= 0) close(fd_);
}

HttpAnswer HttpClient::post(const std::string& target, const Value& body) {
  return request("POST", target, to_json(body));
}

HttpAnswer HttpClient::request(const std::string& method, const std::string& target,
                               const std::string& body) {
  send(method + " " + target +
       " HTTP/1.1\r\nHost: rigsetup\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  return read_reply();
}

bool HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool HttpClient::receive() {
  if (!readable(fd_, k_patience_ms)) throw std::runtime_error("no reply within two minutes");
  char piece[16384];
  const auto got = recv(fd_, piece, sizeof(piece), 0);
  if (got <= 0) return false;
  buffer_.append(piece, static_cast<std::size_t>(got));
  return true;
}

std::string HttpClient::take_line() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!receive()) throw std::runtime_error("the connection ended in the middle of a reply");
  }
  return take(end + 2).substr(0, end);
}

std::string HttpClient::take(std::size_t count) {
  while (buffer_.size() < count) {
    if (!receive()) throw std::runtime_error("the connection ended in the middle of a reply");
  }
  auto bytes = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return bytes;
}

HttpAnswer HttpClient::read_head() {
  HttpAnswer reply;
  last_chunk_ = false;
  lines_.clear();
  const auto first = take_line();
  if (!first.starts_with("HTTP/1.1 ")) throw std::runtime_error("this is no reply: " + first);
  reply.status = std::stoi(first.substr(9, 3));
  for (std::string line; !(line = take_line()).empty();) {
    const auto colon = line.find(':');
    auto name = line.substr(0, colon);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    reply.headers[name] = line.substr(line.find_first_not_of(' ', colon + 1));
  }
  return reply;
}

HttpAnswer HttpClient::read_reply() {
  auto reply = read_head();
  if (reply.status == 100) return reply;
  if (reply.headers.contains("content-length")) {
    reply.body = take(std::stoul(reply.headers["content-length"]));
  } else if (reply.headers["transfer-encoding"] == "chunked") {
    while (read_chunk()) reply.body += std::exchange(lines_, {});
  } else {
    while (receive()) {
    }
    reply.body = std::exchange(buffer_, {});
  }
  return reply;
}

bool HttpClient::read_chunk() {
  if (last_chunk_) return false;
  const auto size = std::stoul(take_line(), nullptr, 16);
  lines_ += take(size);
  take_line();
  last_chunk_ = size == 0;
  return !last_chunk_;
}

std::optional<std::string> HttpClient::read_line() {
  std::size_t end = 0;
  while ((end = lines_.find('\n')) == std::string::npos) {
    if (!read_chunk()) return std::nullopt;
  }
  auto line = lines_.substr(0, end);
  lines_.erase(0, end + 1);
  return line;
}

bool HttpClient::closed_by_peer() { return readable(fd_, k_patience_ms) && !receive(); }

HttpAnswer get(const std::filesystem::path& socket, const std::string& target) {
  return HttpClient(socket).get(target);
}

HttpAnswer post(const std::filesystem::path& socket, const std::string& target, const Value& body) {
  return HttpClient(socket).post(target, body);
}

HttpClient connect_as(uid_t uid, const std::vector<gid_t>& groups, const std::filesystem::path& socket) {
  std::vector<gid_t> own(static_cast<std::size_t>(std::max(getgroups(0, nullptr), 0)));
  if (getgroups(static_cast<int>(own.size()), own.data()) < 0)
    throw std::runtime_error("cannot learn the groups");
  const auto become_root = [&] {
    if (seteuid(0) != 0 || setegid(0) != 0 || setgroups(own.size(), own.data()) != 0) std::abort();
  };
  try {
    if (setgroups(groups.size(), groups.data()) != 0 || setegid(uid) != 0 || seteuid(uid) != 0) {
      throw std::runtime_error("cannot become another user");
    }
    HttpClient client(socket);
    become_root();
    return client;
  } catch (const std::runtime_error&) {
    become_root();
    throw;
  }
}

std::string as_user(uid_t uid, const std::vector<gid_t>& groups, const std::function<std::string()>& work) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("cannot make a pipe");
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    std::string text;
    if (setgroups(groups.size(), groups.data()) != 0 || setgid(uid) != 0 || setuid(uid) != 0) {
      text = "cannot become another user";
    } else {
      try {
        text = work();
      } catch (const std::exception& error) {
        text = std::string("threw: ") + error.what();
      }
    }
    for (std::size_t at = 0; at < text.size();) {
      const auto written = write(ends[1], text.data() + at, text.size() - at);
      if (written <= 0) break;
      at += static_cast<std::size_t>(written);
    }
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char piece[4096];
  for (ssize_t got; (got = read(ends[0], piece, sizeof(piece))) > 0;)
    text.append(piece, static_cast<std::size_t>(got));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return text;
}

HttpAnswer request_as(uid_t uid, const std::vector<gid_t>& groups, const std::filesystem::path& socket,
                      const std::string& method, const std::string& target, const std::string& body) {
  const auto text = as_user(uid, groups, [&] {
    const auto reply = HttpClient(socket).request(method, target, body);
    return std::to_string(reply.status) + "\n" + reply.body;
  });
  HttpAnswer reply;
  if (text.size() < 4 || text[3] != '\n') throw std::runtime_error(text);
  reply.status = std::stoi(text.substr(0, 3));
  reply.body = text.substr(4);
  return reply;
}

}  // namespace rigsetup::test
