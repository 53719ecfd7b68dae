// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace rigsetup {

/// Whom to wake when something was recorded. Any thread; each is called by one thread at a time.
class Subscribers {
 public:
  using Wake = std::function<void(std::int64_t run)>;

  std::uint64_t add(Wake wake);
  /// Waits for a call of it that is going on in another thread; within its own call it returns at once.
  void remove(std::uint64_t number);
  void wake(std::int64_t run);

 private:
  struct Subscriber {
    std::recursive_mutex calling;  // recursive: a wake may remove itself
    Wake wake;
    bool removed = false;
  };

  std::mutex mutex_;  ///< of the list; never held during a call
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, std::shared_ptr<Subscriber>> subscribers_;
};

}  // namespace rigsetup
