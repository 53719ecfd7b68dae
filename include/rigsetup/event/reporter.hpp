// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <rigsetup/event/event.hpp>

namespace rigsetup {

/// What running work tells about itself; made for one step by whoever runs it. Any thread.
class Reporter {
 public:
  virtual ~Reporter() = default;
  virtual void progress(Progress progress) = 0;  ///< `step` is filled in by the reporter
  /// What a program is at and for how long, told every few seconds whether anything else is told or not.
  virtual void busy(const std::string& what, std::chrono::seconds time) { (void)what, (void)time; }
  /// The same as a function, for whoever runs programs.
  auto when_busy() {
    return [this](const std::string& what, std::chrono::seconds time) { busy(what, time); };
  }
  virtual void phase_ended(const std::string& label, std::chrono::milliseconds time, std::uint64_t amount = 0,
                           const std::string& unit = {}) = 0;
  virtual void finding(const std::string& message, const std::string& hint = {}) = 0;
};

/// For looking without telling: planning, tests.
class SilentReporter final : public Reporter {
 public:
  void progress(Progress) override {}
  void phase_ended(const std::string&, std::chrono::milliseconds, std::uint64_t,
                   const std::string&) override {}
  void finding(const std::string&, const std::string&) override {}
};

}  // namespace rigsetup
