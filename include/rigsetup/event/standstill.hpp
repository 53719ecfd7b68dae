// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <rigsetup/event/event.hpp>

namespace rigsetup {

/// What a piece of work tells, with what keeps it while it gets nowhere. Pure: told what is reported and
/// when; used under its owner's lock.
///
/// A download reports in `at` where it comes from ("from deb.debian.org"); when no bytes come for some
/// seconds, that becomes "no data from deb.debian.org". Or it reports why it waits ("trying again in 2 s:
/// ...").
class Standstill {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit Standstill(Time now) : moved_(now) {}

  /// The report as it is to be shown.
  const Progress& report(Progress progress, Time now);
  /// A program runs, and this is what it is at. Nothing while the work tells enough by itself.
  std::optional<Progress> busy(const std::string& what, std::chrono::seconds time, Time now);

 private:
  bool stands(Time now) const;
  void say_no_data(Time now);
  Progress last_;
  std::string source_;  ///< `at` as it was reported
  Time moved_;          ///< when something else was reported last
};

}  // namespace rigsetup
