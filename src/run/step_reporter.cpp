// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/step_reporter.hpp"

#include <utility>

namespace rigsetup {

StepReporter::StepReporter(Journal& journal, std::int64_t run, std::vector<std::string> steps)
    : journal_(journal), run_(run), steps_(std::move(steps)) {}

bool StepReporter::is_due(const Progress& progress) {
  constexpr std::chrono::milliseconds k_pause(100);
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  const bool complete = progress.total > 0 && progress.done == progress.total;
  if (progress.label == label_ && !complete && now - told_ < k_pause) return false;
  label_ = progress.label;
  told_ = now;
  return true;
}

void StepReporter::progress(Progress progress) {
  if (!is_due(progress)) return;
  for (const std::string& step : steps_) {
    progress.step = step;
    journal_.progress(run_, progress);
  }
}

void StepReporter::phase_ended(const std::string& label, std::chrono::milliseconds time, std::uint64_t amount,
                               const std::string& unit) {
  journal_.append(run_, PhaseEnded{steps_.front(), label, time.count(), amount, unit});
}

void StepReporter::finding(const std::string& message, const std::string& hint) {
  journal_.append(run_, Finding{steps_.front(), message, hint});
}

}  // namespace rigsetup
