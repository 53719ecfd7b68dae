// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include <rigsetup/event/event.hpp>
#include <rigsetup/event/run_state.hpp>

#include "cli/moment.hpp"

namespace rigsetup::cli {

/// What a running step is doing, with what only several reports together can tell: rate and time left.
class Activity {
 public:
  explicit Activity(Moment started) : started_(started) {}
  void report(const Progress& progress, Moment now);

  Moment started() const { return started_; }
  /// Is it told of in the same words? The amounts may be a moment apart.
  bool shares_work_with(const Activity& other) const;
  const Progress& progress() const { return progress_; }
  double rate(Moment now) const;  ///< units a second over the last seconds; 0: not known
  std::optional<std::chrono::seconds> left(Moment now) const;
  std::optional<int> percent() const;

  // In words, empty when not known.
  std::string amount() const;  ///< "812 MB of 1.6 GB", "42 %", "12 of 55 packages"
  std::string rate_text(Moment now) const;
  std::string left_text(Moment now) const;

 private:
  struct Sample {
    Moment time;
    std::uint64_t done;
  };
  Moment started_;
  Progress progress_;
  std::deque<Sample> samples_;
};

/// The running steps of a run.
class Activities {
 public:
  void record(const Record& record);  ///< steps that start and end
  /// Also of a step whose start was not told: one that went on while the daemon was away.
  void report(const Progress& progress, Moment now, const RunState& state);
  const Activity* find(const std::string& step) const;
  bool empty() const { return running_.empty(); }

 private:
  std::map<std::string, Activity> running_;
};

}  // namespace rigsetup::cli
