// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <mutex>

#include <rigsetup/base/error.hpp>
#include <rigsetup/host/clock.hpp>

namespace rigsetup::test {

/// Time that passes only when somebody sleeps, and then at once. Any thread.
class FakeClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() override {
    std::lock_guard lock(mutex_);
    return now_;
  }
  void sleep(std::chrono::milliseconds time, std::stop_token stop) override {
    if (stop.stop_requested()) throw Cancelled();
    advance(time);
  }
  std::string boot_id() override {
    std::lock_guard lock(mutex_);
    return boot_id_;
  }

  void advance(std::chrono::milliseconds time) {
    std::lock_guard lock(mutex_);
    now_ += time;
  }
  void reboot(std::string new_boot_id) {
    std::lock_guard lock(mutex_);
    boot_id_ = std::move(new_boot_id);
  }

 private:
  std::mutex mutex_;
  std::chrono::system_clock::time_point now_{std::chrono::seconds(1'800'000'000)};
  std::string boot_id_ = "00000000-0000-4000-8000-000000000001";
};

}  // namespace rigsetup::test
