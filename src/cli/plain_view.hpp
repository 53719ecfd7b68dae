// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/activity.hpp"
#include "cli/screen.hpp"

namespace rigsetup::cli {

// What a log file, a pipe or a dumb terminal shows of a run: whole lines, each understandable alone. Pure.

/// A line for a record, without a newline; empty for the end of the run, of which the recap speaks.
std::string plain_line(const Record& record, const Screen& screen);

/// "[12 %, 3 min left] run 7 goes on (1:40)": while no step does.
std::string plain_waiting(const RunState& state, const Activities& activities, Moment now);

/// "[12 %, 3 min left] cuda: downloading, 812 MB of 1.6 GB, 34 MB/s, 24 s left (0:41)": of the run, then of
/// the step.
std::string plain_progress(const StepState& step, const Activities& activities, Moment now);

/// Which lines to print, and when: one for each record that is worth one, and, with a tick a second, never
/// five seconds without one, of each step that runs, or of the run while none does. Pure: it is told the
/// time.
class PlainLines {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit PlainLines(const Screen& screen) : screen_(screen) {}
  std::vector<std::string> record(const Record& record, Time now);
  void progress(const Progress& progress, Moment moment, const RunState& state);
  std::vector<std::string> tick(const RunState& state, Time now, Moment moment);

 private:
  bool is_due(const std::string& step, Time now);
  Screen screen_;
  Activities activities_;
  std::map<std::string, Time> said_;  ///< when a step was spoken of last
  std::optional<Time> spoke_;         ///< when anything was said last
};

}  // namespace rigsetup::cli
