// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/connection.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

namespace rigsetup::cli {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t k_most_bytes = 64 << 20;  // of one reply; the daemon sends far less

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

Refused no_daemon(const std::string& socket, int fault) {
  protocol::Problem problem;
  problem.code = fault == EACCES || fault == EPERM ? Code::denied : Code::io;
  problem.message = format("cannot reach rigsetupd at {}: {}", printable(socket), std::strerror(fault));
  if (problem.code == Code::denied) {
    problem.hint = "use sudo, or join the group rigsetup";
    return {problem, protocol::k_exit_denied};
  }
  problem.hint = socket == protocol::k_socket
                     ? "start it: sudo systemctl start rigsetupd; or name its socket: --socket PATH"
                     : "start rigsetupd with this socket, or name another: --socket PATH";
  return {problem, protocol::k_exit_no_daemon};
}

Refused lost(const std::string& why) {
  protocol::Problem problem;
  problem.code = Code::io;
  problem.message = format("cannot read the reply of rigsetupd: {}", why);
  problem.hint = "see whether it was restarted: systemctl status rigsetupd";
  return {problem, protocol::k_exit_no_daemon};
}

int connect_to(const std::string& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) throw no_daemon(socket, ENAMETOOLONG);
  socket.copy(address.sun_path, socket.size());
  const int number = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (number < 0) throw no_daemon(socket, errno);
  if (::connect(number, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int fault = errno;
    ::close(number);
    throw no_daemon(socket, fault);
  }
  return number;
}

/// One request and its reply, whose body is taken away piece by piece or read whole.
class Exchange {
 public:
  Exchange(const std::string& socket, std::string_view method, const std::string& target,
           const std::string& body)
      : descriptor_(connect_to(socket)) {
    parser_.eager(true);
    parser_.body_limit(k_most_bytes);
    std::string request = format("{} {} HTTP/1.1\r\nHost: rigsetup\r\nConnection: close\r\n", method, target);
    if (!body.empty())
      request += format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
    send(request + "\r\n" + body);
  }

  int descriptor() const { return descriptor_.number(); }
  bool header_done() const { return parser_.is_header_done(); }
  bool done() const { return parser_.is_done(); }
  int status() const { return static_cast<int>(parser_.get().result_int()); }
  void unbounded() {
    // Not boost::none: with it Beast 1.74 refuses every body that has a length.
    parser_.body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  /// Waits for bytes and takes them in. False: the reply is complete.
  bool read_more(const Waiting& waiting, std::chrono::steady_clock::time_point since) {
    while (!readable(1000))
      if (waiting)
        waiting(std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - since));
    return take_in();
  }

  /// Takes in what is there. False: the reply is complete. Throws Refused when it was broken off.
  bool take_in() {
    std::array<char, 64 << 10> bytes;
    const ssize_t count = ::recv(descriptor_.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (count < 0) throw lost(std::strerror(errno));
    boost::system::error_code fault;
    if (count == 0) {
      parser_.put_eof(fault);
      if (fault || !parser_.is_done()) throw lost("the connection was closed");
      return false;
    }
    pending_.append(bytes.data(), static_cast<std::size_t>(count));
    while (!pending_.empty() && !parser_.is_done()) {
      const std::size_t used = parser_.put(boost::asio::buffer(pending_), fault);
      pending_.erase(0, used);
      if (fault == http::error::need_more) break;
      if (fault) throw lost(fault.message());
    }
    return !parser_.is_done();
  }

  std::string take_body() { return std::exchange(parser_.get().body(), {}); }

 private:
  bool readable(int milliseconds) const {
    pollfd wanted{descriptor_.number(), POLLIN, 0};
    return ::poll(&wanted, 1, milliseconds) > 0;
  }

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::send(descriptor_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0)
        return;  // It may have answered before it heard all: too large, too many. The reply tells.
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  Descriptor descriptor_;
  http::response_parser<http::string_body> parser_;
  std::string pending_;
};

Refused refusal(int status, const std::string& body) {
  protocol::Problem problem;
  try {
    problem = protocol::Problem::from(parse_json(body, "the reply of rigsetupd"));
  } catch (const Error&) {  // not our daemon, or something between
    problem.message = format("cannot understand the reply of rigsetupd (HTTP {})", status);
    problem.hint = "is that the socket of rigsetupd?";
  }
  return {problem, protocol::exit_code(problem.code)};
}

std::string whole_reply(Exchange& exchange, const Waiting& waiting) {
  const auto since = std::chrono::steady_clock::now();
  while (exchange.read_more(waiting, since)) {
  }
  std::string body = exchange.take_body();
  if (exchange.status() / 100 != 2) throw refusal(exchange.status(), body);
  return body;
}

}  // namespace

struct LineStream::Impl {
  Impl(const std::string& socket, const std::string& target) : exchange(socket, "GET", target, "") {}
  Exchange exchange;
  std::string part;  ///< of a line whose end did not come yet
  bool ended = false;
};

LineStream::LineStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LineStream::LineStream(LineStream&&) noexcept = default;
LineStream::~LineStream() = default;
int LineStream::descriptor() const { return impl_->exchange.descriptor(); }

bool LineStream::read(std::vector<std::string>& lines) {
  if (!impl_->ended) {
    try {
      impl_->ended = !impl_->exchange.take_in();
    } catch (const Refused&) {
      impl_->ended = true;
    }
  }
  impl_->part += impl_->exchange.take_body();
  std::size_t start = 0;
  for (std::size_t end; (end = impl_->part.find('\n', start)) != std::string::npos; start = end + 1)
    if (end > start) lines.push_back(impl_->part.substr(start, end - start));
  impl_->part.erase(0, start);
  return !impl_->ended;
}

std::string Daemon::get(const std::string& target, const Waiting& waiting) const {
  Exchange exchange(socket_, "GET", target, "");
  return whole_reply(exchange, waiting);
}

std::string Daemon::post(const std::string& target, const Value& body, const Waiting& waiting) const {
  Exchange exchange(socket_, "POST", target, to_json(body));
  return whole_reply(exchange, waiting);
}

LineStream Daemon::lines(const std::string& target, const Waiting& waiting) const {
  auto impl = std::make_unique<LineStream::Impl>(socket_, target);
  impl->exchange.unbounded();
  const auto since = std::chrono::steady_clock::now();
  while (!impl->exchange.header_done() && impl->exchange.read_more(waiting, since)) {
  }
  if (impl->exchange.status() / 100 != 2)
    throw refusal(impl->exchange.status(), whole_reply(impl->exchange, waiting));
  impl->ended = impl->exchange.done();
  return LineStream(std::move(impl));
}

std::string url_encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    result += plain ? std::string(1, c) : format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

}  // namespace rigsetup::cli
