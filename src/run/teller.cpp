// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/teller.hpp"

#include <chrono>
#include <utility>

namespace rigsetup {

using SteadyClock = std::chrono::steady_clock;

Teller::Teller(Journal& journal, std::int64_t run, Estimate estimate)
    : journal_(journal), run_(run), estimate_(std::move(estimate)) {
  const std::lock_guard lock(mutex_);
  tell_sum();
}

void Teller::append(const Event& event) {
  const std::lock_guard lock(mutex_);
  estimate_.take(event, SteadyClock::now());
  // The end of the run is the last that its readers hear, so the sum comes before it.
  const bool is_end = std::holds_alternative<RunFinished>(event);
  if (is_end) tell_sum();
  journal_.append(run_, event, estimate_.percent());
  if (!is_end) tell_sum();
}

void Teller::progress(const std::vector<std::string>& steps, Progress progress) {
  for (const std::string& step : steps) {
    progress.step = step;
    journal_.progress(run_, progress);
  }
  const std::lock_guard lock(mutex_);
  progress.step = steps.front();
  estimate_.take(progress, SteadyClock::now());
  tell_sum();
}

void Teller::time_passes() {
  const std::lock_guard lock(mutex_);
  estimate_.pass(SteadyClock::now());
  tell_sum();
}

void Teller::about(const Progress& doing) {
  const std::lock_guard lock(mutex_);
  doing_ = doing;
  tell_sum();
}

void Teller::tell_sum() {
  Progress sum;
  sum.label = doing_.label;
  sum.at = doing_.at;
  sum.at_seconds = doing_.at_seconds;
  sum.done = static_cast<std::uint64_t>(estimate_.percent());
  sum.total = 100;
  sum.unit = "percent";
  if (const auto left = estimate_.left(SteadyClock::now())) sum.left_seconds = left->count();
  const bool same = sum.label == told_.label && sum.at == told_.at && sum.at_seconds == told_.at_seconds &&
                    sum.done == told_.done && sum.left_seconds == told_.left_seconds;
  if (told_.total > 0 && same) return;
  told_ = sum;
  journal_.progress(run_, sum);
}

}  // namespace rigsetup
