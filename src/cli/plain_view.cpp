// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/plain_view.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "cli/plan_view.hpp"
#include "cli/run_view.hpp"

namespace rigsetup::cli {
namespace {

std::string duration(std::int64_t milliseconds) {
  return human_duration(std::chrono::milliseconds(milliseconds));
}

std::string about(const std::string& step, const std::string& text) {
  return step.empty() ? text : format("{}: {}", printable(step), text);
}

std::string with_hint(const std::string& message, const std::string& hint) {
  return hint.empty() ? printable(message) : format("{} ({})", printable(message), printable(hint));
}

struct Line {
  const Record& record;
  const Screen& screen;

  std::string operator()(const RunStarted& event) const {
    const std::string steps = event.steps.size() == 1 ? "1 step" : format("{} steps", event.steps.size());
    return format("run {}: {} on {}, {}", record.run, printable(event.recipe), place_of(event.root), steps);
  }
  std::string operator()(const RunResumed& event) const {
    return format("run {} goes on: {}", record.run, printable(event.why));
  }
  std::string operator()(const PlanChanged& event) const {
    return format("run {} was planned again, because its plan cannot be followed any more: {}", record.run,
                  printable(join(event.differences, "; ")));
  }
  std::string operator()(const StepStarted& event) const {
    const std::string change = difference(event.have, event.want, screen);
    return about(event.step, change.empty() ? "started" : "started: " + change);
  }
  std::string operator()(const StepFinished& event) const {
    StepState step;
    step.outcome = event.outcome;
    step.reason = event.reason;
    step.faults = event.faults;
    std::string text = about(event.step, outcome_words(step, screen));
    return event.milliseconds >= 1000 ? format("{} ({})", text, duration(event.milliseconds)) : text;
  }
  std::string operator()(const PhaseEnded& event) const {
    std::string text = printable(event.label) + ": done";
    if (event.amount > 0 && event.unit == "bytes")
      text += ", " + human_bytes(event.amount);
    else if (event.amount > 0)
      text += format(", {} {}", event.amount, printable(event.unit));
    return about(event.step, format("{} ({})", text, duration(event.milliseconds)));
  }
  std::string operator()(const Finding& event) const {
    return about(event.step, "note: " + with_hint(event.message, event.hint));
  }
  std::string operator()(const RetryScheduled& event) const {
    return about(event.step,
                 format("will be tried again in {}: {}", duration(event.milliseconds), printable(event.why)));
  }
  std::string operator()(const CancelRequested& event) const {
    const std::string who =
        event.caller.user.empty() ? "" : format(" (asked for by {})", who_text(event.caller));
    return format("run {}: cancelling at the next safe point{}", record.run, who);
  }
  std::string operator()(const RebootNeeded& event) const {
    return about(event.step, "a reboot is needed: " + printable(event.why));
  }
  std::string operator()(const RunFinished&) const { return ""; }
};

}  // namespace

std::string plain_line(const Record& record, const Screen& screen) {
  return std::visit(Line{record, screen}, record.event);
}

std::string plain_progress(const StepState& step, const Activities& activities, Moment now) {
  const Activity& activity = *activities.find(step.line.id);
  std::string text = activity.doing().empty() ? printable(step.line.title) : activity.doing();
  if (!step.retry.empty()) text = "waits for its next try: " + printable(step.retry);
  for (const std::string& part : {activity.amount(), activity.rate_text(now), activity.left_text(now)})
    if (!part.empty()) text += ", " + part;
  const auto time = std::chrono::duration_cast<std::chrono::seconds>(now - activity.started());
  std::string sum;
  if (const auto percent = activities.percent()) {
    const std::string left = activities.left_text();
    sum = format("[{} %{}] ", *percent, left.empty() ? "" : ", " + left);
  }
  return format("{}{}: {} ({})", sum, printable(step.line.id), text, clock_text(time));
}

}  // namespace rigsetup::cli
