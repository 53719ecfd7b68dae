// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/plain_view.hpp"

#include <algorithm>
#include <utility>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "cli/plan_view.hpp"
#include "cli/run_view.hpp"

namespace rigsetup::cli {
namespace {

constexpr std::chrono::seconds k_between_lines{4};

std::string duration(std::int64_t milliseconds) {
  return human_duration(std::chrono::milliseconds(milliseconds));
}

std::string about(const std::string& step, const std::string& text) {
  return step.empty() ? text : format("{}: {}", printable(step), text);
}

std::string with_hint(const std::string& message, const std::string& hint) {
  return hint.empty() ? printable(message) : format("{} ({})", printable(message), printable(hint));
}

/// "[12 %, 3 min left] "; empty when not known.
std::string sum_of(const Activities& activities) {
  const auto percent = activities.percent();
  if (!percent) return "";
  const std::string left = activities.left_text();
  return format("[{} %{}] ", *percent, left.empty() ? "" : ", " + left);
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
  return format("{}{}: {} ({})", sum_of(activities), printable(step.line.id), text, clock_text(time));
}

std::string plain_waiting(const RunState& state, const Activities& activities, Moment now) {
  const Activity* activity = activities.of_run();
  const Moment since = activity ? activity->started() : state.started;
  const auto time = std::chrono::duration_cast<std::chrono::seconds>(std::max(now, since) - since);
  const std::string doing = activity ? ": " + activity->doing() : " goes on";
  return format("{}run {}{} ({})", sum_of(activities), state.run, doing, clock_text(time));
}

std::vector<std::string> PlainLines::record(const Record& record, Time now) {
  activities_.record(record);
  if (const auto* started = std::get_if<StepStarted>(&record.event)) said_[started->step] = now;
  std::string line = plain_line(record, screen_);
  if (line.empty()) return {};
  spoke_ = now;
  return {std::move(line)};
}

void PlainLines::progress(const Progress& progress, Moment moment, const RunState& state) {
  activities_.report(progress, moment, state);
}

bool PlainLines::is_due(const std::string& step, Time now) {
  return now - said_.try_emplace(step, spoke_.value_or(now)).first->second >= k_between_lines;
}

std::vector<std::string> PlainLines::tick(const RunState& state, Time now, Moment moment) {
  std::vector<std::string> lines;
  if (!spoke_) spoke_ = now;
  for (const StepState& step : state.steps) {
    const Activity* activity = activities_.find(step.line.id);
    if (activity == nullptr || !is_due(step.line.id, now)) continue;
    lines.push_back(plain_progress(step, activities_, moment));
    for (const StepState& other : state.steps) {  // the packages of several steps are one piece of work
      const Activity* same = activities_.find(other.line.id);
      if (same != nullptr && (same == activity || same->shares_work_with(*activity)))
        said_[other.line.id] = now;
    }
  }
  if (activities_.empty() && !state.ended_already() && now - *spoke_ >= k_between_lines)
    lines.push_back(plain_waiting(state, activities_, moment));
  if (!lines.empty()) spoke_ = now;
  return lines;
}

}  // namespace rigsetup::cli
