// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace rigsetup {
namespace {

constexpr int k_nearly = 99;            // until the run has ended
constexpr double k_most_by_time = 0.9;  // of a part whose end only its end tells
constexpr double k_own_pace_share = 0.02;
constexpr double k_own_pace_seconds = 2;  // from here on a part's own pace tells more than what was expected
constexpr double k_most_guessed = 1.0 / 3;
constexpr double k_inert_seconds = 5;  // how much of this run outweighs what was expected of it
constexpr double k_longest = 7 * 86400;

}  // namespace

double Estimate::Work::seconds_in(Time now) const {
  return state == State::running ? std::max(0.0, std::chrono::duration<double>(now - began).count()) : 0;
}

template <class Action>
void Estimate::each_of(const std::string& step, Action action) {
  for (Work& work : works_) {
    if (std::find(work.part.steps.begin(), work.part.steps.end(), step) != work.part.steps.end())
      action(work);
  }
}

void Estimate::take(const Event& event, Time now, int recorded) {
  recorded_ = std::max(recorded_, recorded);
  if (const auto* started = std::get_if<StepStarted>(&event)) {
    bool first = true;  // its first part that is still to come
    each_of(started->step, [&](Work& work) {
      if (work.state == Work::State::ended) return;
      if (std::exchange(first, false)) begin(work, now);
    });
  } else if (const auto* phase = std::get_if<PhaseEnded>(&event)) {
    each_of(phase->step, [&](Work& work) {
      if (work.part.phase == phase->label) end(work, true, now);
    });
  } else if (const auto* finished = std::get_if<StepFinished>(&event)) {
    each_of(finished->step, [&](Work& work) { end(work, is_good(finished->outcome), now); });
  } else if (std::holds_alternative<RunResumed>(event) || std::holds_alternative<PlanChanged>(event)) {
    go_on(std::holds_alternative<PlanChanged>(event));
  } else if (const auto* run = std::get_if<RunFinished>(&event)) {
    if (run->outcome == RunOutcome::done) percent_ = 100;
    return;
  }
  pass(now);
}

void Estimate::take(const Progress& progress, Time now) {
  const bool counts = progress.total > 0 && !progress.unit.empty();
  const bool loads = progress.label == "downloading";
  const double amount =
      counts ? std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total)) : 0;
  each_of(progress.step, [&](Work& work) {
    if (work.state == Work::State::waiting && !work.is_counted()) begin(work, now);  // it went on by itself
    if (work.state == Work::State::ended || !counts) return;
    if (work.part.phase == "downloading" && !loads) return end(work, true, now);  // what follows has begun
    if (work.part.phase == "installing" && loads) return;
    if (work.state == Work::State::waiting) begin(work, now);
    count(work, amount, progress.total);
  });
  pass(now);
}

void Estimate::begin(Work& work, Time now) {
  if (work.state == Work::State::running) return;
  work.state = Work::State::running;
  work.began = now;
  if (!first_begin_) first_begin_ = now;
}

void Estimate::end(Work& work, bool well, Time now) {
  busy_ += work.seconds_in(now);
  work.state = Work::State::ended;
  work.ended_well = well;
  if (well) work.share = 1;
}

/// What ended well is behind the run, and what did not is begun anew. The events before a change of the plan
/// were those of another one, whose steps had other work under the same names: of them only proofs stand.
/// What was told counts, and what the events add up to only where the journal does not say it.
void Estimate::go_on(bool another_plan) {
  if (recorded_ > 0) percent_ = std::min(recorded_, k_nearly);
  floor_ = percent_;
  if (another_plan) {
    std::move(behind_.begin(), behind_.end(), std::back_inserter(works_));
    behind_.clear();
  }
  const auto behind = std::stable_partition(works_.begin(), works_.end(), [&](const Work& work) {
    return work.is_left() || (another_plan && !work.part.proof);
  });
  std::move(behind, works_.end(), std::back_inserter(behind_));
  works_.erase(behind, works_.end());
  for (Work& work : works_) work = Work{std::move(work.part)};
}

/// How many times a step counts up to a total is not known: each time is half of what was left before it. The
/// phases of packages count once.
void Estimate::count(Work& work, double amount, std::uint64_t total) {
  if (work.is_counted()) {
    work.share = std::max(work.share, amount);
    return;
  }
  if (work.part.measured) return;  // by time
  if (amount < work.told || total != work.total) work.told_from = work.share;
  work.told = amount;
  work.total = total;
  work.share = std::max(work.share, work.told_from + (1 - work.told_from) / 2 * amount);
}

/// What is measured and counts nothing goes on by time, at first as before, and slower the longer it is late.
void Estimate::pass(Time now) {
  for (Work& work : works_) {
    if (work.state != Work::State::running || !work.part.measured || work.is_counted()) continue;
    const double part = work.seconds_in(now) / std::max(work.part.seconds, 0.001);
    const double share = part < k_most_by_time ? part : 1 - (1 - k_most_by_time) * k_most_by_time / part;
    work.share = std::max(work.share, share);
  }
  sum_up();
}

void Estimate::sum_up() {
  double done = 0;
  double all = 0;
  for (const Work& work : works_) {
    done += work.part.seconds * work.share;
    all += work.part.seconds;
  }
  if (all <= 0) return;
  const double percent = floor_ + (100 - floor_) * done / all;
  percent_ = std::max(percent_, std::min(k_nearly, static_cast<int>(std::floor(percent + 1e-9))));
}

double Estimate::left_of(const Work& work, Time now) const {
  if (work.state == Work::State::ended) return 0;
  const double time = work.seconds_in(now);
  const double expected = work.part.seconds * (1 - work.share);
  if (work.state == Work::State::waiting) return work.part.seconds;
  if (work.is_counted()) {
    if (work.share < k_own_pace_share || time < k_own_pace_seconds) return expected;
    const double own = time * (1 - work.share) / work.share;
    const double trust = std::min(1.0, time / (2 * k_inert_seconds));
    return trust * own + (1 - trust) * expected;
  }
  return work.part.measured ? std::max(work.part.seconds - time, time * (1 - k_most_by_time)) : expected;
}

/// Seconds that pass for each second of work: less than one when steps run beside each other.
double Estimate::pace(Time now) const {
  if (!first_begin_) return 1;
  double busy = busy_;
  for (const Work& work : works_) busy += work.seconds_in(now);
  const double passed = std::chrono::duration<double>(now - *first_begin_).count();
  return std::clamp((passed + k_inert_seconds) / (busy + k_inert_seconds), 0.25, 2.0);
}

std::optional<std::chrono::seconds> Estimate::left(Time now) const {
  double all = 0;
  double guessed = 0;
  bool any_known = false;
  for (const Work& work : works_) {
    const double seconds = left_of(work, now);
    const bool own_pace =
        work.is_counted() && work.share >= k_own_pace_share && work.seconds_in(now) >= k_own_pace_seconds;
    const bool waits = work.is_counted() && work.state == Work::State::waiting;  // weighed by bytes at least
    if (!work.part.measured && !own_pace && !waits) guessed += seconds;
    any_known = any_known || (seconds > 0 && (work.part.measured || own_pace));
    all += seconds;
  }
  if (!any_known || guessed > all * k_most_guessed) return std::nullopt;
  const double seconds = all * pace(now);
  if (seconds > k_longest) return std::nullopt;
  const double step = seconds < 60 ? 1 : seconds < 600 ? 5 : 30;  // as exact as it can be
  return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(seconds / step) * step));
}

}  // namespace rigsetup
