// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <condition_variable>
#include <mutex>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/clock.hpp>
#include <rigsetup/host/tree.hpp>

namespace rigsetup {

std::chrono::system_clock::time_point RealClock::now() { return std::chrono::system_clock::now(); }

void RealClock::sleep(std::chrono::milliseconds time, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, time, [] { return false; });
  if (stop.stop_requested()) throw Cancelled();
}

std::string RealClock::boot_id() {
  constexpr auto k_file = "/proc/sys/kernel/random/boot_id";
  const auto text = Tree("/").read(k_file);
  if (!text) throw Error(Code::unsupported, std::string("cannot read ") + k_file + ": it does not exist");
  return std::string(trim(*text));
}

}  // namespace rigsetup
