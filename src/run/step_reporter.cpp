// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/step_reporter.hpp"

#include <utility>

namespace rigsetup {
namespace {

constexpr std::chrono::milliseconds k_pause{100};
constexpr std::chrono::seconds k_still{3};  // after which it is said what keeps the work

bool is_same_place(const Progress& a, const Progress& b) {
  return a.label == b.label && a.done == b.done && a.total == b.total && a.unit == b.unit;
}

std::int64_t seconds_between(std::chrono::steady_clock::time_point from,
                             std::chrono::steady_clock::time_point to) {
  return std::chrono::duration_cast<std::chrono::seconds>(to - from).count();
}

}  // namespace

StepReporter::StepReporter(Teller& teller, std::vector<std::string> steps)
    : teller_(teller), steps_(std::move(steps)), moved_(std::chrono::steady_clock::now()) {}

bool StepReporter::is_due(const Progress& progress, Time now) {
  const bool complete = progress.total > 0 && progress.done == progress.total;
  return progress.label != last_.label || complete || now - told_ >= k_pause;
}

void StepReporter::progress(Progress progress) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  const bool due = is_due(progress, now);
  if (!is_same_place(progress, last_)) {
    moved_ = now;
  } else if (progress.at.empty() && progress.at_seconds == 0) {  // said again: what keeps it does so still
    progress.at = last_.at;
    progress.at_seconds = last_.at_seconds;
  }
  last_ = std::move(progress);
  if (!due) return;
  told_ = now;
  teller_.progress(steps_, last_);
}

void StepReporter::busy(const std::string& what, std::chrono::seconds time) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (now - moved_ < k_still) return teller_.time_passes();
  // Of a download it matters less which program waits than that nothing comes.
  const bool downloads = last_.unit == "bytes" && last_.done < last_.total;
  last_.at = downloads ? "nothing comes" : what;
  last_.at_seconds = downloads ? seconds_between(moved_, now) : time.count();
  told_ = now;
  teller_.progress(steps_, last_);
}

void StepReporter::phase_ended(const std::string& label, std::chrono::milliseconds time, std::uint64_t amount,
                               const std::string& unit) {
  teller_.append(PhaseEnded{steps_.front(), label, time.count(), amount, unit});
}

void StepReporter::finding(const std::string& message, const std::string& hint) {
  teller_.append(Finding{steps_.front(), message, hint});
}

}  // namespace rigsetup
