// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/activity.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::cli {
namespace {

constexpr std::chrono::seconds k_window{5};  // long enough to be calm, short enough to be true
constexpr double k_least_seconds = 1.0;

double seconds_between(Moment from, Moment to) { return std::chrono::duration<double>(to - from).count(); }

}  // namespace

void Activity::report(const Progress& progress, Moment now) {
  if (progress.label != progress_.label || progress.unit != progress_.unit || progress.done < progress_.done)
    samples_.clear();
  progress_ = progress;
  samples_.push_back({now, progress.done});
  while (samples_.size() > 2 && now - samples_[1].time > k_window) samples_.pop_front();
}

bool Activity::shares_work_with(const Activity& other) const {
  return !progress_.label.empty() && progress_.label == other.progress_.label &&
         progress_.unit == other.progress_.unit && progress_.total == other.progress_.total;
}

double Activity::rate(Moment now) const {
  if (samples_.empty()) return 0;
  const double seconds = seconds_between(samples_.front().time, now);
  if (seconds < k_least_seconds) return 0;
  return static_cast<double>(progress_.done - samples_.front().done) / seconds;
}

std::optional<std::chrono::seconds> Activity::left(Moment now) const {
  const double speed = rate(now);
  if (speed <= 0 || progress_.total == 0 || progress_.done >= progress_.total) return std::nullopt;
  const double seconds = static_cast<double>(progress_.total - progress_.done) / speed;
  if (seconds > 7 * 86400) return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(seconds + 0.5));
}

std::optional<int> Activity::percent() const {
  if (progress_.total == 0) return std::nullopt;
  const double part =
      static_cast<double>(std::min(progress_.done, progress_.total)) / static_cast<double>(progress_.total);
  return static_cast<int>(part * 100);
}

std::string Activity::amount() const {
  const Progress& now = progress_;
  if (now.unit.empty()) return "";
  if (now.unit == "percent") return format("{} %", now.total == 0 ? now.done : now.done * 100 / now.total);
  if (now.unit == "bytes")
    return now.total == 0 ? human_bytes(now.done)
                          : format("{} of {}", human_bytes(now.done), human_bytes(now.total));
  const std::string unit = printable(now.unit);
  return now.total == 0 ? format("{} {}", now.done, unit) : format("{} of {} {}", now.done, now.total, unit);
}

std::string Activity::rate_text(Moment now) const {
  const double speed = rate(now);
  return progress_.unit == "bytes" && speed >= 1 ? human_bytes(static_cast<std::uint64_t>(speed)) + "/s" : "";
}

std::string Activity::left_text(Moment now) const {
  const auto time = left(now);
  if (!time) return "";
  return whole_seconds(*time) + " left";
}

std::string Activity::culprit() const {
  std::string text = printable(progress_.at);
  if (progress_.at_seconds > 0)
    text += (text.empty() ? "" : ", ") + whole_seconds(std::chrono::seconds(progress_.at_seconds));
  return text;
}

std::string Activity::doing() const {
  const std::string label = printable(progress_.label);
  const std::string keeps = culprit();
  if (label.empty() || keeps.empty()) return label + keeps;
  return label + (progress_.at.empty() ? ", " : ": ") + keeps;
}

std::string whole_seconds(std::chrono::seconds time) {
  return time.count() < 10 ? format("{} s", time.count()) : human_duration(time);
}

void Activities::record(const Record& record) {
  if (const auto* started = std::get_if<StepStarted>(&record.event))
    running_.insert_or_assign(started->step, Activity(record.time));
  else if (const auto* finished = std::get_if<StepFinished>(&record.event))
    running_.erase(finished->step);
  else if (std::holds_alternative<RunResumed>(record.event) ||
           std::holds_alternative<PlanChanged>(record.event) ||
           std::holds_alternative<RunFinished>(record.event))
    running_.clear();
  if (std::holds_alternative<RunResumed>(record.event)) left_seconds_.reset();
  if (record.percent > 0) reach(static_cast<std::uint64_t>(record.percent));
}

void Activities::report(const Progress& progress, Moment now, const RunState& state) {
  if (progress.step.empty()) {
    reach(progress.done);
    left_seconds_ = progress.left_seconds;
    if (progress.label.empty())
      of_run_.reset();
    else if (!of_run_)
      of_run_.emplace(now);
    if (of_run_) of_run_->report(progress, now);
    return;
  }
  const StepState* step = state.find(progress.step);
  if (step == nullptr || step->outcome) return;  // a value that came late
  running_.try_emplace(progress.step, now).first->second.report(progress, now);
}

void Activities::reach(std::uint64_t percent) {
  percent_ = std::max(percent_.value_or(0), static_cast<int>(std::min<std::uint64_t>(percent, 100)));
}

std::string Activities::left_text() const {
  return left_seconds_ ? whole_seconds(std::chrono::seconds(*left_seconds_)) + " left" : "";
}

const Activity* Activities::find(const std::string& step) const {
  const auto found = running_.find(step);
  return found == running_.end() ? nullptr : &found->second;
}

}  // namespace rigsetup::cli
