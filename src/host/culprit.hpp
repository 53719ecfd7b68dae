// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/process_tree.hpp"

namespace rigsetup {

/// What a tree of processes is at, in words for people: "building the module nvidia-current/535.309.01
/// (cc1)", "postinst of linux-image-amd64 (update-initramfs)", "compiling (cc1plus)", else the name of a
/// program.
struct Culprit {
  std::string what;
  std::uint64_t started = 0;  ///< clock ticks since boot, of the process that gave it the name
  bool operator==(const Culprit&) const = default;
};

/// Pure. Nothing when only our own helpers are there.
std::optional<Culprit> culprit_of(const std::vector<RunningProcess>& processes);

/// Looks at a program's processes again and again, and tells whether they live: whether any of them started,
/// ended or used the processor since the last look. Used by one thread.
class Pulse {
 public:
  static constexpr std::chrono::seconds k_interval{2};  ///< between looks

  struct Beat {
    std::string what;  ///< after "no sign of life for 2 min: ", when that is so
    std::chrono::seconds time{0};
  };
  std::optional<Beat> look(pid_t top) {
    return take(processes_below(top), ticks_since_boot(), ticks_a_second());
  }
  /// Pure but for what is remembered. `now`: clock ticks since boot.
  std::optional<Beat> take(const std::vector<RunningProcess>& processes, std::uint64_t now,
                           std::uint64_t ticks_a_second);

 private:
  std::uint64_t signs_ = 0;      ///< changes when anything lives
  std::uint64_t last_sign_ = 0;  ///< when it did
};

}  // namespace rigsetup
