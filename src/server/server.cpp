// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <chrono>
#include <csignal>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/log.hpp>
#include <rigsetup/server/server.hpp>

#include "server/listener.hpp"
#include "server/session.hpp"

namespace rigsetup {
namespace {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::milliseconds k_accept_again{200};  // when the process has no descriptor left

constexpr std::string_view k_too_many =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    R"({"code":"busy","message":"cannot take more connections now","hint":"close some, or try again"})"
    "\n";

}  // namespace

struct Server::Impl {
  Impl(Settings from, Journal& journal, RunThread& runs)
      : settings(std::move(from)),
        backend{settings, journal, runs},
        listener(settings.socket),
        desk(io, backend),
        acceptor(io, asio::local::stream_protocol(), listener.release()),
        accept_again(io),
        signals(io, SIGTERM, SIGINT) {}

  ~Impl() { desk.close(); }

  void accept() {
    acceptor.async_accept([this](ErrorCode error, Socket socket) {
      if (desk.closing.stop_requested()) return;
      if (error) return rest_and_accept(error);
      admit(std::move(socket));
      accept();
    });
  }

  void rest_and_accept(ErrorCode error) {
    log(LogLevel::warning, format("cannot accept a connection: {}", error.message()));
    accept_again.expires_after(k_accept_again);
    accept_again.async_wait([this](ErrorCode cancelled) {
      if (!cancelled) accept();
    });
  }

  void admit(Socket socket) {
    try {
      auto peer = server::peer_of(socket.native_handle());
      peer.trusted = server::is_trusted(peer, geteuid(), settings.group);
      if (desk.sessions.take(peer)) return server::open_session(desk, std::move(socket), std::move(peer));
      send(socket.native_handle(), k_too_many.data(), k_too_many.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    } catch (const Error& error) {
      log(LogLevel::warning, format("a connection was refused: {}", error.message()));
    }
  }

  void stop() {
    if (desk.closing.stop_requested()) return;
    sd_notify(0, "STOPPING=1");
    ErrorCode ignored;
    acceptor.close(ignored);
    signals.cancel(ignored);
    accept_again.cancel();
    desk.closing.request_stop();
  }

  Settings settings;
  server::Backend backend;
  server::Listener listener;
  server::Desk desk;  // outlives the io_context, whose sessions speak to it
  asio::io_context io{1};
  asio::local::stream_protocol::acceptor acceptor;
  asio::steady_timer accept_again;
  asio::signal_set signals;
};

Server::Server(Settings settings, Journal& journal, RunThread& runs)
    : impl_(std::make_unique<Impl>(std::move(settings), journal, runs)) {}

Server::~Server() = default;

void Server::serve() {
  impl_->signals.async_wait([this](ErrorCode error, int signal) {
    if (error) return;
    log(LogLevel::info, format("stopping: {}", signal == SIGINT ? "interrupted" : "terminated"));
    impl_->stop();
  });
  impl_->accept();
  sd_notify(0, "READY=1\nSTATUS=ready");
  log(LogLevel::info, format("listening on {}", impl_->settings.socket.string()));
  impl_->io.run();  // ends when each session has noticed that it was closed
  impl_->desk.close();
  impl_->io.restart();
  impl_->io.run();  // what the last handlers still had to say
}

void Server::stop() {
  asio::post(impl_->io, [this] { impl_->stop(); });
}

}  // namespace rigsetup
