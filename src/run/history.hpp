// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <rigsetup/journal/journal.hpp>

namespace rigsetup {

/// What the records of a run said about its steps when it was taken up; of a new run, nothing. It tells what
/// need not be recorded again and which checks still stand, never how the host is.
class History {
 public:
  struct Step {
    bool open = false;               ///< started, and no end recorded: it was going on when the daemon died
    std::optional<Outcome> outcome;  ///< the latest
    std::int64_t ended = 0;          ///< sequence of the latest end
    std::int64_t changed = 0;        ///< sequence of the latest end that had changed something; 0: never
    bool ended_well() const { return !open && outcome && is_good(*outcome); }
  };

  static History read(const Journal& journal, std::int64_t run);
  const Step& of(const std::string& step) const;
  bool resumed() const { return resumed_; }

 private:
  void take_lines(const std::vector<RunStarted::StepLine>& lines);
  std::map<std::string, Step> steps_;
  std::map<std::string, RunStarted::StepLine> lines_;
  bool resumed_ = false;
};

}  // namespace rigsetup
