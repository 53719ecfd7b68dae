// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/data/members.hpp>
#include <rigsetup/event/event.hpp>

// What of each event is written. Journals keep these names for good: a new member must be optional (not
// `always`).
namespace rigsetup {

inline void from_text(std::string_view text, Outcome& outcome) { outcome = outcome_from(text); }
inline void from_text(std::string_view text, RunOutcome& outcome) { outcome = run_outcome_from(text); }

void members(auto& io, Is<Caller> auto& caller) {
  io.always("uid", caller.uid);
  io("user", caller.user);
  io("pid", caller.pid);
  io("terminal", caller.terminal);
}
void members(auto& io, Is<Thing> auto& thing) {
  io.always("kind", thing.kind);
  io.always("name", thing.name);
  io("note", thing.note);
  io("along", thing.along);
}
void members(auto& io, Is<Evidence> auto& evidence) {
  io.always("what", evidence.what);
  io("seen", evidence.seen);
}
void members(auto& io, Is<Fault> auto& fault) {
  io.always("code", fault.code);
  io.always("message", fault.message);
  io("hint", fault.hint);
}
void members(auto& io, Is<Consent> auto& consent) {
  io.always("word", consent.word);
  io.always("text", consent.text);
}
void members(auto& io, Is<RunStarted::StepLine> auto& line) {
  io.always("id", line.id);
  io.always("kind", line.kind);
  io("title", line.title);
}

void members(auto& io, Is<RunStarted> auto& event) {
  io("recipe", event.recipe);
  io("recipe_digest", event.recipe_digest);
  io("plan_digest", event.plan_digest);
  io.always("root", event.root);
  io.always("caller", event.caller);
  io("allowed", event.allowed);
  io.always("steps", event.steps);
}
void members(auto& io, Is<RunResumed> auto& event) {
  io("boot_id", event.boot_id);
  io("why", event.why);
  io("allowed", event.allowed);
}
void members(auto& io, Is<PlanChanged> auto& event) {
  io.always("plan_digest", event.plan_digest);
  io("differences", event.differences);
  io("steps", event.steps);
}
void members(auto& io, Is<StepStarted> auto& event) {
  io.always("step", event.step);
  io("have", event.have);
  io("want", event.want);
  io("makes", event.makes);
}
void members(auto& io, Is<StepFinished> auto& event) {
  io.always("step", event.step);
  io.always("outcome", event.outcome);
  io("reason", event.reason);
  io("evidence", event.evidence);
  io("faults", event.faults);
  io.always("milliseconds", event.milliseconds);
  io("removed", event.removed);
}
void members(auto& io, Is<PhaseEnded> auto& event) {
  io.always("step", event.step);
  io.always("label", event.label);
  io.always("milliseconds", event.milliseconds);
  io("amount", event.amount);
  io("unit", event.unit);
}
void members(auto& io, Is<Finding> auto& event) {
  io("step", event.step);
  io.always("message", event.message);
  io("hint", event.hint);
}
void members(auto& io, Is<RetryScheduled> auto& event) {
  io.always("step", event.step);
  io.always("milliseconds", event.milliseconds);
  io("why", event.why);
}
void members(auto& io, Is<CancelRequested> auto& event) { io.always("caller", event.caller); }
void members(auto& io, Is<RebootNeeded> auto& event) {
  io.always("step", event.step);
  io("why", event.why);
  io("boot_id", event.boot_id);
}
void members(auto& io, Is<RunFinished> auto& event) {
  io.always("outcome", event.outcome);
  io("faults", event.faults);
  io("consents", event.consents);
}

void members(auto& io, Is<Progress> auto& progress) {
  io.always("step", progress.step);
  io("label", progress.label);
  io("done", progress.done);
  io("total", progress.total);
  io("unit", progress.unit);
  io.always("may_cut", progress.may_cut);
  io("at", progress.at);
  io("at_seconds", progress.at_seconds);
  io("left_seconds", progress.left_seconds);
  io("number", progress.number);
}

}  // namespace rigsetup
