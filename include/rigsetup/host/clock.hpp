// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <stop_token>
#include <string>

namespace rigsetup {

/// Time and boot of the machine the daemon runs on. The seam that tests replace. Any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::chrono::system_clock::time_point now() = 0;
  virtual void sleep(std::chrono::milliseconds time, std::stop_token stop) = 0;  ///< throws Cancelled on stop
  virtual std::string boot_id() = 0;  ///< of /proc/sys/kernel/random/boot_id
};

class RealClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() override;
  void sleep(std::chrono::milliseconds time, std::stop_token stop) override;
  std::string boot_id() override;
};

}  // namespace rigsetup
