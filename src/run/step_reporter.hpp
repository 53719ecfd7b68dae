// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <rigsetup/event/reporter.hpp>
#include <rigsetup/event/standstill.hpp>

#include "run/teller.hpp"

namespace rigsetup {

/// What a unit at work tells. Progress goes to each of its steps, at most ten times a second while the label
/// stays; phases and findings to the first. While nothing moves, it says what keeps the work. Any thread.
class StepReporter final : public Reporter {
 public:
  StepReporter(Teller& teller, std::vector<std::string> steps);
  void progress(Progress progress) override;
  void busy(const std::string& what, std::chrono::seconds time) override;
  void phase_ended(const std::string& label, std::chrono::milliseconds time, std::uint64_t amount,
                   const std::string& unit) override;
  void finding(const std::string& message, const std::string& hint) override;

  /// What the work is about from now on; told as soon as it takes long.
  void about(std::string label);

 private:
  using Time = std::chrono::steady_clock::time_point;
  bool is_due(const Progress& progress, Time now) const;
  void tell(const Progress& progress, Time now);

  Teller& teller_;
  const std::vector<std::string> steps_;
  std::mutex mutex_;
  Standstill standstill_;
  Progress last_;  ///< as it was told
  Time told_;
};

}  // namespace rigsetup
