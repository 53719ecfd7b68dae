// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <rigsetup/event/reporter.hpp>
#include <rigsetup/journal/journal.hpp>

namespace rigsetup {

/// What a unit at work tells, into the journal. Progress goes to each of its steps, at most ten times a
/// second while the label stays; phases and findings to the first. Any thread.
class StepReporter final : public Reporter {
 public:
  StepReporter(Journal& journal, std::int64_t run, std::vector<std::string> steps);
  void progress(Progress progress) override;
  void phase_ended(const std::string& label, std::chrono::milliseconds time, std::uint64_t amount,
                   const std::string& unit) override;
  void finding(const std::string& message, const std::string& hint) override;

 private:
  bool is_due(const Progress& progress);
  Journal& journal_;
  const std::int64_t run_;
  const std::vector<std::string> steps_;
  std::mutex mutex_;
  std::string label_;
  std::chrono::steady_clock::time_point told_;
};

}  // namespace rigsetup
