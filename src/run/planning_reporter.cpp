// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/planning_reporter.hpp"

#include <utility>

namespace rigsetup {
namespace {

using SteadyClock = std::chrono::steady_clock;
const std::string k_label = "planning again";

}  // namespace

PlanningReporter::PlanningReporter(Teller& teller) : teller_(teller), standstill_(SteadyClock::now()) {
  Progress begun;
  begun.label = k_label;
  teller_.about(begun);
}

PlanningReporter::~PlanningReporter() { teller_.about({}); }

void PlanningReporter::progress(Progress progress) {
  const std::lock_guard lock(mutex_);
  tell(standstill_.report(std::move(progress), SteadyClock::now()));
}

void PlanningReporter::busy(const std::string& what, std::chrono::seconds time) {
  const std::lock_guard lock(mutex_);
  if (auto shown = standstill_.busy(what, time, SteadyClock::now())) tell(std::move(*shown));
}

void PlanningReporter::tell(Progress doing) {
  doing.label = doing.label.empty() ? k_label : k_label + ": " + doing.label;
  teller_.about(doing);
}

}  // namespace rigsetup
