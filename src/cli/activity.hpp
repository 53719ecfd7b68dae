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
  std::string doing() const;    ///< with what keeps it: "setting up cuda: postinst of cuda (ldconfig), 12 s"
  std::string culprit() const;  ///< "postinst of cuda (ldconfig), 12 s"
  std::string amount() const;   ///< "812 MB of 1.6 GB", "42 %", "12 of 55 packages"
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

/// "3 s", "42 s", "3 min 5 s": no tenths, for what is only about so long.
std::string whole_seconds(std::chrono::seconds time);

/// The running steps of a run, and how far it is as a whole.
class Activities {
 public:
  void record(const Record& record);  ///< steps that start and end
  /// Also of a step whose start was not told: one that went on while the daemon was away.
  void report(const Progress& progress, Moment now, const RunState& state);
  const Activity* find(const std::string& step) const;
  bool empty() const { return running_.empty(); }
  /// Of the run, from the daemon, so that everybody who watches sees the same; nothing when not known.
  /// Never less than before: what one view has shown it does not take back, though a daemon that was killed
  /// took with it what it had not recorded yet.
  std::optional<int> percent() const { return percent_; }
  std::string left_text() const;  ///< "3 min 20 s left"; empty when not known
  /// What the run itself is at, while no step is; null: nothing.
  const Activity* of_run() const { return of_run_ ? &*of_run_ : nullptr; }

 private:
  void reach(std::uint64_t percent);
  std::map<std::string, Activity> running_;
  std::optional<int> percent_;
  std::optional<std::int64_t> left_seconds_;
  std::optional<Activity> of_run_;
};

}  // namespace rigsetup::cli
