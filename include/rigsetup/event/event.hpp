// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <rigsetup/base/error.hpp>
#include <rigsetup/data/value.hpp>

namespace rigsetup {

/// How a step ended.
enum class Outcome {
  changed,    ///< it was not as wanted and now is
  as_wanted,  ///< nothing had to be done
  passed,     ///< a check proved it
  skipped,  ///< a check that cannot be tried here, or a step whose `when` does not match; the reason says why
  deferred,  ///< a check that must wait for the first boot of an image
  failed,
  cancelled,
  not_tried  ///< a step it needs failed, or the run was stopped before it
};
std::string_view to_string(Outcome outcome);
Outcome outcome_from(std::string_view name);
bool is_good(Outcome outcome);  ///< not failed, cancelled or not_tried

/// How a run ended, or that it did not yet.
enum class RunOutcome { running, done, failed, cancelled, reboot_required, waiting, interrupted };
std::string_view to_string(RunOutcome outcome);
RunOutcome run_outcome_from(std::string_view name);

/// Who asked, from the socket's peer credentials.
struct Caller {
  std::uint32_t uid = 0;
  std::string user;
  std::int64_t pid = 0;
  std::string terminal = {};  ///< "pts/3", where it was typed; empty: not at a terminal
};

/// A thing that rigsetup made: its kind and natural name are the key of ownership, whatever the step is
/// called.
struct Thing {
  std::string kind;
  std::string name;       ///< "/etc/motd", "nginx", "backup.timer"
  std::string note = {};  ///< what taking it away must know, in words of its kind; often empty
  bool along = false;     ///< it came along with another: it goes when nothing needs it any more
  bool operator==(const Thing&) const = default;
};

/// What was done and seen as proof: the program and the end of its output, or the values that were compared.
struct Evidence {
  std::string what;
  std::string seen;
};

/// An Error as it is recorded.
struct Fault {
  Code code = Code::internal;
  std::string message;
  std::string hint;
};
Fault fault_of(const Error& error);

/// Something that a plan would do and the recipe does not say: it needs its own word.
struct Consent {
  std::string word;  ///< of k_consents
  std::string text;  ///< "would remove nginx 1.22.1-9, which no step asks for"
  bool operator==(const Consent&) const = default;
};

// The events. Durable: each is a state change, the end of a phase or a finding. Progress is not among them.
struct RunStarted {
  struct StepLine {
    std::string id;
    std::string kind;
    std::string title;
  };
  std::string recipe;         ///< its name
  std::string recipe_digest;  ///< sha256 of its text
  std::string plan_digest;
  std::string root;  ///< "/" or the tree that is provisioned
  Caller caller;
  std::vector<StepLine> steps;            ///< in the order of the plan
  std::vector<std::string> allowed = {};  ///< words of consent beyond the recipe: "remove", "downgrade"
};
struct RunResumed {
  std::string boot_id;
  std::string why;                        ///< "the daemon was restarted", "asked by alice"
  std::vector<std::string> allowed = {};  ///< words for what the run was waiting for
};
/// The plan could not be executed any more and was made anew; this is the one that is followed from here on.
struct PlanChanged {
  std::string plan_digest;
  std::vector<std::string> differences;          ///< what is another now, a line each
  std::vector<RunStarted::StepLine> steps = {};  ///< of the new plan; none: the same as before
};
struct StepStarted {
  std::string step;
  std::string have;  ///< what the inspection found
  std::string want;
  std::vector<Thing> makes = {};  ///< what is not there yet: once this is recorded, it is rigsetup's own
};
struct StepFinished {
  std::string step;
  Outcome outcome = Outcome::changed;
  std::string reason;  ///< for skipped, deferred and not_tried
  std::vector<Evidence> evidence;
  std::vector<Fault> faults;  ///< one, when it failed
  std::int64_t milliseconds = 0;
  std::vector<Thing> removed = {};  ///< what is not rigsetup's own any more
};
struct PhaseEnded {
  std::string step;
  std::string label;
  std::int64_t milliseconds = 0;
  std::uint64_t amount = 0;  ///< of `unit`; 0 when the phase counts nothing
  std::string unit;          ///< "bytes", "packages"
};
struct Finding {
  std::string step;  ///< empty: about the whole run
  std::string message;
  std::string hint;
};
struct RetryScheduled {
  std::string step;
  std::int64_t milliseconds = 0;
  std::string why;
};
struct CancelRequested {
  Caller caller;
};
struct RebootNeeded {
  std::string step;
  std::string why;
  std::string boot_id = {};  ///< of the boot that it was needed in
};
struct RunFinished {
  RunOutcome outcome = RunOutcome::done;
  std::vector<Fault> faults;           ///< when the run itself, not a step, failed or waits
  std::vector<Consent> consents = {};  ///< that it waits for
};

using Event = std::variant<RunStarted, RunResumed, PlanChanged, StepStarted, StepFinished, PhaseEnded,
                           Finding, RetryScheduled, CancelRequested, RebootNeeded, RunFinished>;

/// An event in the journal. Sequence numbers count from 1 in each run, without gaps.
struct Record {
  std::int64_t run = 0;
  std::int64_t sequence = 0;
  std::chrono::system_clock::time_point time;
  Event event;
  int percent = 0;  ///< how far the run was told to be, with this event; 0: an older journal does not say
};

/// Where a step is now, or the whole run. One slot each, the latest value only; never stored.
struct Progress {
  std::string step;  ///< empty: the run, as one percentage that never goes back
  std::string
      label;  ///< "downloading", "unpacking cuda-nvcc", "waiting for the dpkg lock held by apt-get (812)"
  std::uint64_t done = 0;
  std::uint64_t total = 0;  ///< 0: not known
  std::string unit;         ///< "bytes", "percent"; empty when nothing is counted
  bool may_cut = true;      ///< would a cancel take effect at once?
  std::string at = {};  ///< what keeps it, while it tells nothing itself: "postinst of nvidia-kernel-dkms"
  std::int64_t at_seconds = 0;  ///< how long that, or the waiting of which the label speaks, has gone on
  std::optional<std::int64_t> left_seconds = {};  ///< of the run: until its end; nothing: not known
  std::uint64_t number = 0;  ///< counts what a daemon publishes: the same number, the same report
};

std::string_view event_name(const Event& event);  ///< "run-started", "step-finished", ...
Value to_value(
    const Record& record);  ///< {"run", "seq", "time", "event", "percent", and the event's own fields}
Record record_from(const Value& value);  ///< throws Error(invalid); unknown members are ignored
Value to_value(const Progress& progress);
Progress progress_from(const Value& value);

}  // namespace rigsetup
