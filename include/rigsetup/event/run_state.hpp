// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <rigsetup/event/event.hpp>

namespace rigsetup {

/// What the records of a run add up to. A pure fold: the same records give the same state, in the daemon, in
/// a client and in a test.
struct StepState {
  RunStarted::StepLine line;
  bool started = false;
  std::optional<Outcome> outcome;  ///< nothing: not ended
  std::string have;
  std::string want;
  std::string reason;
  std::vector<Evidence> evidence;
  std::vector<Fault> faults;
  std::vector<Finding> findings;
  std::vector<Thing> made;     ///< by this run
  std::vector<Thing> removed;  ///< of what rigsetup had made
  std::vector<PhaseEnded> phases;
  std::int64_t milliseconds = 0;
  std::string retry;  ///< why it waits before its next try; empty otherwise
};

struct RunState {
  std::int64_t run = 0;
  std::int64_t last_sequence = 0;
  std::chrono::system_clock::time_point started;
  std::chrono::system_clock::time_point ended;
  RunStarted header;
  std::vector<StepState> steps;
  std::vector<Finding> findings;  ///< about the whole run
  std::vector<Fault> faults;
  std::vector<RebootNeeded> reboots;
  RunOutcome outcome = RunOutcome::running;
  bool cancel_requested = false;
  int resumed = 0;
  std::vector<Consent> consents = {};  ///< that it waits for
  std::vector<Consent> agreed = {};    ///< to what it waited for earlier

  const StepState* find(std::string_view step) const;
  bool ended_already() const { return outcome != RunOutcome::running; }
  std::map<Outcome, int> counts() const;  ///< of ended steps
};

/// Does the run wait for a reboot that has not come? `boot_id`: of the machine now. A tree is not booted here,
/// and who does not know when it was asked takes it that it has not come.
bool waits_for_reboot(const RunState& state, std::string_view boot_id);

/// A record that was applied before (sequence not above last_sequence) changes nothing. RunResumed opens an
/// ended run again; a step that had changed something stays `changed` when it is later found as wanted, and
/// is not forgotten when a plan that was made again lacks it.
void apply(RunState& state, const Record& record);

Value to_value(const RunState& state);  ///< what `show` prints; the events' own names

}  // namespace rigsetup
