// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/desk.hpp"

#include <utility>

#include <boost/asio/post.hpp>

namespace rigsetup::server {

Desk::Desk(boost::asio::io_context& io_context, Backend& what_answers)
    : io(io_context),
      backend(what_answers),
      subscription_(backend.journal.subscribe([this](std::int64_t) { wake(); })) {}

void Desk::Threads::join() {
  look.join();
  work.join();
}

void Desk::close() {
  closing.request_stop();
  trusted_.join();
  strangers_.join();
  backend.journal.unsubscribe(subscription_);
}

void Desk::wake() {
  // A stream counts as a follower before it reads for the first time, and reads on the io thread only: a
  // record is seen either by that read or by the wake that is posted here.
  if (followers_ == 0 || wake_posted_.exchange(true)) return;
  boost::asio::post(io, [this] {
    wake_posted_ = false;
    for (const auto& [who, action] : std::exchange(waiting_, {})) action();
  });
}

}  // namespace rigsetup::server
