// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/session.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <variant>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <poll.h>
#include <sys/socket.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/log.hpp>
#include <rigsetup/base/memory.hpp>

namespace rigsetup::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Socket = asio::local::stream_protocol::socket;
using BeastStream = beast::basic_stream<asio::local::stream_protocol>;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::seconds k_idle{30};     // between requests
constexpr std::chrono::seconds k_arrival{10};  // from a request's first byte to its last
constexpr std::chrono::seconds k_stall{60};    // for the client to take one piece
constexpr std::size_t k_header_limit = 16 << 10;
constexpr std::size_t k_body_limit = 4 << 20;  // recipe and attachments
constexpr std::size_t k_stranger_body_limit = 2 << 20;
constexpr std::size_t k_buffer_limit = 64 << 10;
constexpr std::size_t k_first_piece = 1 << 10;  // what a resting connection has room for

Reply refusal(unsigned status, Code code, std::string message, std::string hint = {}) {
  protocol::Problem problem;
  problem.code = code;
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  return problem_reply(problem, status);
}

/// One connection: reads a request, has it answered, writes the reply, and again. One thing at a time; the
/// deadlines are those of Beast's stream, so that no timer exists while a handler runs or a stream waits for
/// the journal.
class Session final : public std::enable_shared_from_this<Session> {
 public:
  Session(Desk& desk, Socket socket, Peer peer)
      : desk_(desk), stream_(std::move(socket)), peer_(std::move(peer)), retry_(desk.io) {}
  Session(const Session&) = delete;
  ~Session() {
    end_request();
    desk_.sessions.give_back(peer_);
    if (desk_.sessions.nothing_taken()) give_memory_back();
  }

  void start() { read(); }

 private:
  using Step = void (Session::*)(ErrorCode, std::size_t);
  auto then(Step step) { return beast::bind_front_handler(step, shared_from_this()); }

  // Reading.
  void read();
  void on_first_bytes(ErrorCode error, std::size_t bytes);
  void read_header();
  void on_header(ErrorCode error, std::size_t);
  void read_body();
  void on_request(ErrorCode error, std::size_t);
  void refuse(ErrorCode error);

  // Answering.
  void dispatch();
  void handle();
  void on_answer(Reply reply);
  void watch_for_hang_up();
  void on_readable(ErrorCode error);
  void leave_lane();
  void end_request();

  // Writing.
  void send(Reply reply);
  void send_head();
  void send_piece();
  void on_piece(ErrorCode error, std::size_t);
  void on_written(ErrorCode error, std::size_t);
  void close();

  Desk& desk_;
  BeastStream stream_;
  Peer peer_;
  beast::flat_buffer buffer_{k_buffer_limit};
  std::stop_callback<std::function<void()>> on_closing_{desk_.closing.get_token(), [this] { close(); }};

  // Of the request that is read or answered now.
  std::optional<http::request_parser<http::string_body>> parser_;
  Request request_;
  const Route* route_ = nullptr;
  std::size_t body_taken_ = 0;
  bool on_lane_ = false;
  bool keep_alive_ = false;
  bool watching_ = false;  ///< is a wait for readability under way? It may outlast its request.
  std::stop_source gone_;  ///< requested when the client hung up or the daemon ends
  asio::steady_timer retry_;

  // Of the reply that is written now.
  Reply reply_;
  http::response<http::string_body> response_;
  http::response<http::empty_body> head_;
  std::optional<http::response_serializer<http::empty_body>> serializer_;
  std::string piece_;
  bool following_ = false;
  bool waiting_ = false;  ///< for the journal to wake
};

void Session::read() {
  parser_.emplace();
  parser_->header_limit(k_header_limit);
  parser_->body_limit(peer_.trusted ? k_body_limit : k_stranger_body_limit);
  request_ = {};
  if (buffer_.size() > 0) return read_header();  // came with the request before
  stream_.expires_after(k_idle);
  stream_.async_read_some(buffer_.prepare(k_first_piece), then(&Session::on_first_bytes));
}

void Session::on_first_bytes(ErrorCode error, std::size_t bytes) {
  if (error) return close();
  buffer_.commit(bytes);
  read_header();
}

/// Not by Beast's read_some: that one reads until the header is whole, however slowly it comes.
void Session::read_header() {
  stream_.expires_after(k_arrival);
  http::async_read_header(stream_, buffer_, *parser_, then(&Session::on_header));
}

void Session::on_header(ErrorCode error, std::size_t) {
  if (error) return refuse(error);
  const auto& message = parser_->get();
  keep_alive_ = message.keep_alive();
  if (message.version() != 11) {
    keep_alive_ = false;
    return send(refusal(505, Code::unsupported, "cannot speak this version of HTTP", "use HTTP/1.1"));
  }
  // The room for a body is taken before it is received, hence its length must be known.
  if (parser_->chunked()) {
    keep_alive_ = false;
    return send(refusal(411, Code::invalid, "cannot take a body of unknown length", "send Content-Length"));
  }
  const std::size_t length = parser_->content_length().value_or(0);
  if (!desk_.bodies.take(peer_, length)) {
    keep_alive_ = false;
    return send(refusal(503, Code::busy, "cannot take a body of this size now", "try again"));
  }
  body_taken_ = length;
  if (!beast::iequals(message[http::field::expect], "100-continue")) return read_body();
  static constexpr std::string_view k_continue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(k_continue),
                    [self = shared_from_this()](ErrorCode failed, std::size_t) {
                      if (!failed) self->read_body();
                    });
}

void Session::read_body() { http::async_read(stream_, buffer_, *parser_, then(&Session::on_request)); }

void Session::on_request(ErrorCode error, std::size_t) {
  if (error) return refuse(error);
  auto message = parser_->release();
  parser_.reset();
  stream_.expires_never();
  try {
    const auto target = message.target();
    const auto method = message.method_string();
    request_ = Request({method.data(), method.size()}, {target.data(), target.size()});
  } catch (const Error& bad_target) {
    return send(refusal(400, bad_target.code(), bad_target.message()));
  }
  request_.body = std::move(message.body());
  request_.peer = peer_;
  dispatch();
}

/// What arrived is no request: says so if anybody listens, and ends the connection.
void Session::refuse(ErrorCode error) {
  if (error == http::error::end_of_stream || error == http::error::partial_message ||
      error.category() != http::make_error_code(http::error::bad_method).category()) {
    return close();
  }
  const bool header = error == http::error::header_limit || error == http::error::buffer_overflow;
  const bool body = error == http::error::body_limit;
  keep_alive_ = false;
  send(refusal(header ? 431
               : body ? 413
                      : 400,
               Code::invalid, format("cannot read the request: {}", error.message())));
}

void Session::dispatch() {
  auto found = find_route(request_);
  if (auto* refusal = std::get_if<Reply>(&found)) return send(std::move(*refusal));
  route_ = std::get<const Route*>(found);
  gone_ = std::stop_source();
  if (route_->lane == Lane::io) return send(answer(*route_, desk_.backend, request_, gone_.get_token()));
  if (!desk_.meter(route_->lane).take(peer_)) {
    return send(refusal(503, Code::busy, "cannot take more requests now", "try again"));
  }
  on_lane_ = true;
  watch_for_hang_up();
  handle();
}

/// Has the handler answer on its lane, and takes the reply back to the io thread; the session goes with it,
/// because it may end only there.
void Session::handle() {
  asio::post(desk_.threads(route_->lane, peer_), [self = shared_from_this()]() mutable {
    auto reply = std::make_shared<Reply>(
        answer(*self->route_, self->desk_.backend, self->request_, self->gone_.get_token()));
    if (self->route_->lane == Lane::work) give_memory_back();
    asio::io_context& io = self->desk_.io;
    asio::post(io, [self = std::move(self), reply] { self->on_answer(std::move(*reply)); });
  });
}

void Session::on_answer(Reply reply) {
  if (gone_.stop_requested()) return close();
  if (!reply.again) return send(std::move(reply));
  retry_.expires_after(*reply.again);
  retry_.async_wait([self = shared_from_this()](ErrorCode) {
    if (self->gone_.stop_requested()) return self->close();
    self->handle();
  });
}

void Session::watch_for_hang_up() {
  if (watching_) return;
  watching_ = true;
  stream_.socket().async_wait(Socket::wait_read,
                              [self = shared_from_this()](ErrorCode error) { self->on_readable(error); });
}

void Session::on_readable(ErrorCode error) {
  watching_ = false;
  if (error || route_ == nullptr) return;
  // A client that only ended its sending still wants the answer, and one may have sent its next request
  // already: only a hang-up counts. In the other cases it is noticed when writing.
  pollfd state{stream_.socket().native_handle(), POLLIN, 0};
  if (poll(&state, 1, 0) < 1 || (state.revents & (POLLHUP | POLLERR)) == 0) return;
  gone_.request_stop();
  retry_.cancel();
  if (waiting_) close();
}

void Session::leave_lane() {
  if (on_lane_) desk_.meter(route_->lane).give_back(peer_);
  on_lane_ = false;
}

void Session::end_request() {
  leave_lane();
  desk_.bodies.give_back(peer_, body_taken_);
  if (following_) desk_.unfollow();
  following_ = false;
  body_taken_ = 0;
  route_ = nullptr;
}

void Session::send(Reply reply) {
  leave_lane();  // a reply may be taken slowly, a stream may last as long as its run
  reply_ = std::move(reply);
  if (reply_.stream) return send_head();
  response_ = {};
  response_.result(reply_.status);
  response_.set(http::field::server, "rigsetupd/" RIGSETUP_VERSION);
  response_.set(http::field::content_type, reply_.type);
  if (!reply_.allow.empty()) response_.set(http::field::allow, reply_.allow);
  response_.keep_alive(keep_alive_);
  response_.body() = std::move(reply_.body);
  response_.prepare_payload();
  if (request_.method == "HEAD") response_.body().clear();  // its length is told, and nothing follows
  stream_.expires_after(k_stall);
  http::async_write(stream_, response_, then(&Session::on_written));
}

void Session::send_head() {
  desk_.follow();
  following_ = true;
  head_ = {};
  head_.result(reply_.status);
  head_.set(http::field::server, "rigsetupd/" RIGSETUP_VERSION);
  head_.set(http::field::content_type, reply_.type);
  head_.keep_alive(keep_alive_);
  head_.chunked(true);
  serializer_.emplace(head_);
  stream_.expires_after(k_stall);
  http::async_write_header(stream_, *serializer_, then(&Session::on_piece));
}

void Session::on_piece(ErrorCode error, std::size_t) {
  if (error) return close();
  send_piece();
}

void Session::send_piece() {
  piece_.clear();
  auto next = Stream::Next::end;
  try {
    next = reply_.stream->next(piece_);
  } catch (const Error& failed) {
    // The head is sent: the client learns of it by a body that does not end.
    log(LogLevel::error, format("cannot go on with a stream: {}", failed.message()));
    return close();
  }
  if (next == Stream::Next::later) {
    waiting_ = true;
    stream_.expires_never();
    watch_for_hang_up();
    desk_.on_next_wake(this, [self = shared_from_this()] {
      self->waiting_ = false;
      self->send_piece();
    });
    return;
  }
  stream_.expires_after(k_stall);
  if (next == Stream::Next::piece) {
    asio::async_write(stream_, http::make_chunk(asio::buffer(piece_)), then(&Session::on_piece));
  } else {
    asio::async_write(stream_, http::make_chunk_last(), then(&Session::on_written));
  }
}

void Session::on_written(ErrorCode error, std::size_t) {
  end_request();
  reply_ = {};
  response_ = {};
  if (error || !keep_alive_) return close();
  read();
}

void Session::close() {
  const auto until_the_end = shared_from_this();
  desk_.lose_interest(this);
  waiting_ = false;
  gone_.request_stop();
  retry_.cancel();
  ErrorCode ignored;
  stream_.socket().shutdown(Socket::shutdown_both, ignored);
  stream_.close();
}

}  // namespace

void open_session(Desk& desk, Socket socket, Peer peer) {
  std::make_shared<Session>(desk, std::move(socket), std::move(peer))->start();
}

}  // namespace rigsetup::server
