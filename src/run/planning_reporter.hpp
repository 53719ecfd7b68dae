// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include <rigsetup/event/reporter.hpp>
#include <rigsetup/event/standstill.hpp>

#include "run/teller.hpp"

namespace rigsetup {

/// What planning tells while no step of the run is at work: in the run's own line, with what keeps it. As
/// long as it lives. Any thread.
class PlanningReporter final : public Reporter {
 public:
  explicit PlanningReporter(Teller& teller);
  PlanningReporter(const PlanningReporter&) = delete;
  ~PlanningReporter() override;
  void progress(Progress progress) override;
  void busy(const std::string& what, std::chrono::seconds time) override;
  void phase_ended(const std::string&, std::chrono::milliseconds, std::uint64_t,
                   const std::string&) override {}
  void finding(const std::string&, const std::string&) override {}

 private:
  void tell(Progress doing);
  Teller& teller_;
  std::mutex mutex_;
  Standstill standstill_;
};

}  // namespace rigsetup
