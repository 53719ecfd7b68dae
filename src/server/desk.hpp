// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <stop_token>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include "server/backend.hpp"
#include "server/meter.hpp"
#include "server/routes.hpp"

namespace rigsetup::server {

/// What all sessions share: who may hold how much, the threads that handlers run on, and who waits for the
/// journal. Io thread only, but for wake().
class Desk {
 public:
  Desk(boost::asio::io_context& io_context, Backend& what_answers);
  Desk(const Desk&) = delete;

  boost::asio::io_context& io;
  Backend& backend;
  std::stop_source closing;  ///< requested when the daemon ends

  Meter sessions{{32, 128, 256}};
  Meter bodies{{2 << 20, 8 << 20, 64 << 20}};  ///< bytes that are being received
  Meter looking{{8, 32, 256}};                 ///< requests that run or wait on a lane
  Meter working{{2, 16, 32}};

  Meter& meter(Lane lane) { return lane == Lane::look ? looking : working; }
  boost::asio::thread_pool& threads(Lane lane, const Peer& peer) {
    auto& threads = peer.trusted ? trusted_ : strangers_;
    return lane == Lane::look ? threads.look : threads.work;
  }
  void close();  ///< ends the sessions, waits for the handlers, and listens to the journal no more

  /// Streams that follow are counted as long as they live, so that a wake costs nothing when nobody follows.
  void follow() { ++followers_; }
  void unfollow() { --followers_; }
  /// Called once, on the io thread, when the journal has something new; unless `who` loses interest before.
  void on_next_wake(const void* who, std::function<void()> action) { waiting_[who] = std::move(action); }
  void lose_interest(const void* who) { waiting_.erase(who); }

 private:
  void wake();  ///< any thread
  std::uint64_t subscription_;
  std::atomic<int> followers_ = 0;
  std::atomic<bool> wake_posted_ = false;
  std::map<const void*, std::function<void()>> waiting_;
  struct Threads {
    boost::asio::thread_pool look;
    boost::asio::thread_pool work;
    void join();
  };
  Threads trusted_{1, 2};
  Threads strangers_{1, 1};  // of their own: root waits behind no stranger
};

}  // namespace rigsetup::server
