// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <rigsetup/journal/journal.hpp>
#include <rigsetup/plan/plan.hpp>

#include "run/estimate.hpp"

namespace rigsetup {

/// How long work took in earlier runs on this machine, from their records: of a step of the same kind and
/// title the latest time, else what a phase took for each byte or package in the latest runs.
class Pace {
 public:
  /// Reads the latest runs before this one, once, when a run begins.
  static Pace read(const Journal& journal, std::int64_t before);
  /// The records of one run; the newest run first.
  void learn(const std::vector<Record>& records);

  /// Of a step (without a phase) or of its phase; nothing when it is not known. `amount`: 0 for none.
  std::optional<double> seconds(const std::string& kind, const std::string& title, const std::string& phase,
                                double amount) const;

 private:
  struct Took {
    double seconds = 0;
    double amount = 0;
    int times = 0;
  };
  void add(const RunStarted::StepLine& step, const std::string& phase, double seconds, double amount);
  std::map<std::tuple<std::string, std::string, std::string>, Took> steps_;  ///< kind, title, phase
  std::map<std::string, Took> phases_;                                       ///< sums
};

/// The parts of a plan with what is expected of each. Pure.
std::vector<Estimate::Part> parts_of(const BuiltRecipe& recipe, const Plan& plan, const Pace& pace);

/// Of a run, as far as its records go.
Estimate estimate_of(const Journal& journal, const BuiltRecipe& recipe, const Plan& plan, std::int64_t run);

}  // namespace rigsetup
