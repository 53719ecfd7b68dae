// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstddef>
#include <map>

#include "server/access.hpp"

namespace rigsetup::server {

/// How much of something callers may hold at a time, so that a hostile one costs only itself: strangers are
/// bounded each and all together, and never take what is kept for the trusted. Io thread only.
class Meter {
 public:
  struct Bounds {
    std::size_t one_stranger;
    std::size_t all_strangers;
    std::size_t all_trusted;
  };
  explicit Meter(Bounds bounds) : bounds_(bounds) {}

  bool take(const Peer& peer, std::size_t amount = 1) {
    std::size_t& total = peer.trusted ? trusted_ : strangers_;
    const std::size_t most = peer.trusted ? bounds_.all_trusted : bounds_.all_strangers;
    if (amount > most || total > most - amount) return false;
    if (!peer.trusted) {
      const auto held = by_stranger_.find(peer.uid);
      const std::size_t already = held == by_stranger_.end() ? 0 : held->second;
      if (amount > bounds_.one_stranger || already > bounds_.one_stranger - amount) return false;
      if (amount > 0) by_stranger_[peer.uid] = already + amount;
    }
    total += amount;
    return true;
  }

  void give_back(const Peer& peer, std::size_t amount = 1) {
    (peer.trusted ? trusted_ : strangers_) -= amount;
    if (peer.trusted || amount == 0) return;
    const auto held = by_stranger_.find(peer.uid);
    if ((held->second -= amount) == 0) by_stranger_.erase(held);
  }

  bool nothing_taken() const { return trusted_ == 0 && strangers_ == 0; }

 private:
  Bounds bounds_;
  std::size_t trusted_ = 0;
  std::size_t strangers_ = 0;
  std::map<uid_t, std::size_t> by_stranger_;
};

}  // namespace rigsetup::server
