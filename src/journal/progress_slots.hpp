// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <rigsetup/event/event.hpp>

namespace rigsetup {

/// The latest progress of each step that is being worked on, and of the run as a whole. A newer value
/// replaces the older one at once, but is published (numbered, so that readers see it) at most ten times a
/// second; what is held back is published with whatever happens next, or by the next look. Pure: the caller
/// brings the time and the lock.
class ProgressSlots {
 public:
  using Time = std::chrono::steady_clock::time_point;

  bool put(std::int64_t run, const Progress& progress, Time now);  ///< true: something was published
  bool publish(std::int64_t run, Time now);                        ///< what was held back for long enough
  void publish_all(std::int64_t run, Time now);                    ///< what was held back
  void drop(std::int64_t run, const std::string& step);
  void drop_steps(std::int64_t run);  ///< nobody works on any: how far the run came is still told
  /// How far the run was told to be, held back or not.
  std::optional<int> percent(std::int64_t run) const;
  /// In the order of their publication.
  std::vector<Progress> since(std::int64_t run, std::uint64_t& number) const;

 private:
  struct Slot {
    Progress shown;  ///< published, with its number: everybody sees the same under it
    Progress value;  ///< the latest
    Time published;
    bool held_back = false;
  };
  void publish(Slot& slot, Time now);

  std::uint64_t last_number_ = 0;
  std::map<std::int64_t, std::map<std::string, Slot>> runs_;
};

}  // namespace rigsetup
