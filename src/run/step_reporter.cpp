// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/step_reporter.hpp"

#include <utility>

namespace rigsetup {
namespace {

constexpr std::chrono::milliseconds k_pause{100};
using SteadyClock = std::chrono::steady_clock;

}  // namespace

StepReporter::StepReporter(Teller& teller, std::vector<std::string> steps)
    : teller_(teller), steps_(std::move(steps)), standstill_(SteadyClock::now()) {}

bool StepReporter::is_due(const Progress& progress, Time now) const {
  const bool complete = progress.total > 0 && progress.done == progress.total;
  const bool news = progress.label != last_.label || progress.at != last_.at;
  return news || complete || now - told_ >= k_pause;
}

void StepReporter::tell(const Progress& progress, Time now) {
  last_ = progress;
  told_ = now;
  teller_.progress(steps_, progress);
}

void StepReporter::progress(Progress progress) {
  const auto now = SteadyClock::now();
  const std::lock_guard lock(mutex_);
  const Progress& shown = standstill_.report(std::move(progress), now);
  if (is_due(shown, now)) tell(shown, now);
}

void StepReporter::busy(const std::string& what, std::chrono::seconds time) {
  const auto now = SteadyClock::now();
  const std::lock_guard lock(mutex_);
  const auto shown = standstill_.busy(what, time, now);
  if (!shown) return teller_.time_passes();
  tell(*shown, now);
}

void StepReporter::about(std::string label) {
  const auto now = SteadyClock::now();
  const std::lock_guard lock(mutex_);
  Progress quiet;
  quiet.label = std::move(label);
  const Progress& shown = standstill_.report(std::move(quiet), now);
  if (!last_.at.empty()) tell(shown, now);  // what kept it does not any more
}

void StepReporter::phase_ended(const std::string& label, std::chrono::milliseconds time, std::uint64_t amount,
                               const std::string& unit) {
  teller_.append(PhaseEnded{steps_.front(), label, time.count(), amount, unit});
}

void StepReporter::finding(const std::string& message, const std::string& hint) {
  teller_.append(Finding{steps_.front(), message, hint});
}

}  // namespace rigsetup
