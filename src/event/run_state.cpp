// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <utility>

#include <rigsetup/event/run_state.hpp>

#include "event/members.hpp"
#include "event/time_text.hpp"

namespace rigsetup {
namespace {

/// One event into the state; `step` is null where an event names none or one that the run does not have.
struct Fold {
  RunState& state;
  const Record& record;

  StepState* step(const std::string& id) const {
    const auto found = std::find_if(state.steps.begin(), state.steps.end(),
                                    [&](const StepState& step) { return step.line.id == id; });
    return found == state.steps.end() ? nullptr : &*found;
  }

  void operator()(const RunStarted& event) const {
    state.run = record.run;
    state.started = record.time;
    state.header = event;
    for (const RunStarted::StepLine& line : event.steps) state.steps.emplace_back().line = line;
  }
  void operator()(const RunResumed& event) const {
    ++state.resumed;
    state.outcome = RunOutcome::running;
    state.ended = {};
    state.cancel_requested = false;
    state.faults.clear();
    for (Consent& consent : std::exchange(state.consents, {})) {
      if (std::ranges::find(event.allowed, consent.word) != event.allowed.end())
        state.agreed.push_back(std::move(consent));
    }
    forget_bad_ends(state.header.steps.size());  // what the plan lacks stands below, and is not tried again
  }
  /// What did not end well is tried again.
  void forget_bad_ends(std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) {
      StepState& step = state.steps[i];
      if (step.outcome && is_good(*step.outcome)) continue;
      StepState again;
      again.line = step.line;
      again.made = step.made;
      step = std::move(again);
    }
  }
  void operator()(const PlanChanged& event) const {
    state.header.plan_digest = event.plan_digest;
    for (const std::string& difference : event.differences) {
      state.findings.push_back({{}, "planned again: " + difference, {}});
    }
    forget_bad_ends(state.steps.size());
    if (!event.steps.empty()) take_steps(event.steps);
  }
  /// What the new plan lacks stands below, if it ended well or made anything.
  void take_steps(const std::vector<RunStarted::StepLine>& lines) const {
    std::vector<StepState> before = std::exchange(state.steps, {});
    for (const RunStarted::StepLine& line : lines) {
      StepState& now = state.steps.emplace_back();
      const auto known = std::find_if(before.begin(), before.end(), [&](const StepState& step) {
        return step.line.id == line.id && step.line.kind == line.kind && step.line.title == line.title;
      });
      if (known != before.end()) {
        now = std::move(*known);
        before.erase(known);
      }
      now.line = line;
    }
    for (StepState& step : before) {
      if (!step.outcome && step.made.empty()) continue;
      if (!step.outcome) {
        step.outcome = Outcome::cancelled;
        step.reason = "not in the new plan";
      }
      state.steps.push_back(std::move(step));
    }
    state.header.steps = lines;
  }
  void operator()(const StepStarted& event) const {
    StepState* found = step(event.step);
    if (!found) return;
    found->started = true;
    found->retry.clear();
    found->made.insert(found->made.end(), event.makes.begin(), event.makes.end());
    if (found->outcome == Outcome::changed) return;  // what it was before this run changed it is worth more
    found->have = event.have;
    found->want = event.want;
  }
  void operator()(const StepFinished& event) const {
    StepState* found = step(event.step);
    if (!found) return;
    found->retry.clear();
    found->removed.insert(found->removed.end(), event.removed.begin(), event.removed.end());
    if (found->outcome == Outcome::changed && event.outcome == Outcome::as_wanted) return;
    found->outcome = event.outcome;
    found->reason = event.reason;
    found->evidence = event.evidence;
    found->faults = event.faults;
    found->milliseconds = event.milliseconds;
  }
  void operator()(const PhaseEnded& event) const {
    StepState* found = step(event.step);
    if (!found) return;
    found->retry.clear();
    found->phases.push_back(event);
  }
  void operator()(const Finding& event) const {
    StepState* found = step(event.step);
    (found ? found->findings : state.findings).push_back(event);
  }
  void operator()(const RetryScheduled& event) const {
    if (StepState* found = step(event.step)) found->retry = event.why;
  }
  void operator()(const CancelRequested&) const { state.cancel_requested = true; }
  void operator()(const RebootNeeded& event) const { state.reboots.push_back(event); }
  void operator()(const RunFinished& event) const {
    state.outcome = event.outcome;
    state.faults = event.faults;
    state.consents = event.consents;
    state.ended = record.time;
    for (StepState& step : state.steps) step.retry.clear();
  }
};

void members(MemberWriter& io, const StepState& step) {
  io.always("id", step.line.id);
  io.always("kind", step.line.kind);
  io("title", step.line.title);
  io.always("started", step.started);
  if (step.outcome) {
    io.always("outcome", *step.outcome);
    io.always("milliseconds", step.milliseconds);
  }
  io("have", step.have);
  io("want", step.want);
  io("reason", step.reason);
  io("evidence", step.evidence);
  io("faults", step.faults);
  io("findings", step.findings);
  io("made", step.made);
  io("removed", step.removed);
  io("phases", step.phases);
  io("retry", step.retry);
}

}  // namespace

const StepState* RunState::find(std::string_view step) const {
  const auto found =
      std::find_if(steps.begin(), steps.end(), [&](const StepState& s) { return s.line.id == step; });
  return found == steps.end() ? nullptr : &*found;
}

std::map<Outcome, int> RunState::counts() const {
  std::map<Outcome, int> result;
  for (const StepState& step : steps) {
    if (step.outcome) ++result[*step.outcome];
  }
  return result;
}

void apply(RunState& state, const Record& record) {
  if (record.sequence <= state.last_sequence) return;
  state.last_sequence = record.sequence;
  std::visit(Fold{state, record}, record.event);
}

bool waits_for_reboot(const RunState& state, std::string_view boot_id) {
  if (state.outcome != RunOutcome::reboot_required) return false;
  if (state.header.root != "/" || state.reboots.empty()) return true;
  const std::string& asked_in = state.reboots.back().boot_id;
  return asked_in.empty() || asked_in == boot_id;
}

Value to_value(const RunState& state) {
  Value value = Value::map();
  MemberWriter io(value);
  io.always("run", state.run);
  io.always("seq", state.last_sequence);
  io.always("outcome", state.outcome);
  io.always("started", time_text(state.started));
  if (state.ended_already()) io.always("ended", time_text(state.ended));
  io("recipe", state.header.recipe);
  io("recipe_digest", state.header.recipe_digest);
  io("plan_digest", state.header.plan_digest);
  io.always("root", state.header.root);
  io.always("caller", state.header.caller);
  io("allowed", state.header.allowed);
  io("cancel_requested", state.cancel_requested);
  io("resumed", state.resumed);
  Value steps = Value::list();
  for (const StepState& step : state.steps) {
    Value line = Value::map();
    MemberWriter writer(line);
    members(writer, step);
    steps.push_back(std::move(line));
  }
  value.set("steps", std::move(steps));
  io("findings", state.findings);
  io("faults", state.faults);
  io("consents", state.consents);
  io("agreed", state.agreed);
  io("reboots", state.reboots);
  return value;
}

}  // namespace rigsetup
