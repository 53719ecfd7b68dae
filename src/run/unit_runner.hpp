// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include <rigsetup/run/runner.hpp>

#include "run/history.hpp"
#include "run/step_reporter.hpp"
#include "run/teller.hpp"
#include "run/units.hpp"

namespace rigsetup {

/// How a unit ended, for the schedule.
struct UnitEnd {
  bool well = false;
  bool changed = false;    ///< something on the target is another now
  bool abandoned = false;  ///< the daemon goes: it did not end, and nothing was recorded
  bool cancelled = false;
  bool reboot = false;
  std::string why_not = {};  ///< for those that need it: "which failed"; empty when cancelled
};

/// Does the work of units and records it: look, apply, look again. Const; called by many workers at once.
/// What can go wrong in a step is caught here and nowhere else; only the journal's own errors leave.
class UnitRunner {
 public:
  UnitRunner(const RunnerSetup& setup, const BuiltRecipe& recipe, const Plan& plan, const History& history,
             Teller& teller, std::stop_token stop);

  /// `check_again`: for a check, that something it needs changed since its result was recorded.
  UnitEnd run(const Unit& unit, bool check_again) const;

 private:
  struct Ending;
  struct Bench;
  Ending attempt(const std::function<Ending()>& work) const;
  Ending repair() const;
  Ending primitive(std::size_t step) const;
  Ending check(std::size_t step, bool again) const;
  UnitEnd packages(const Unit& unit) const;
  UnitEnd end(const std::string& step, Ending ending) const;

  Inspection inspect(std::size_t step, Bench& bench) const;
  void require_as_wanted(std::size_t step, Bench& bench) const;
  void apply(std::size_t step, Bench& bench, Ending& ending) const;
  Context context(const std::string& step, Bench& bench) const;
  Ending found_as_wanted(const std::string& step) const;
  Ending found_as_wanted(std::size_t step) const;
  void store_check(std::size_t step, const StepFinished& finished) const;
  void start(const std::string& step, const Inspection& found, std::vector<Thing> makes) const;
  std::vector<Thing> things_made_by(std::size_t step, const Bench& bench) const;
  std::vector<Thing> things_along(const apt::Transaction& transaction) const;
  std::filesystem::path work_folder(const std::string& step) const;
  std::filesystem::path log_file(const std::string& step) const;
  apt::Work apt_work(const std::string& step, Bench& bench) const;

  const RunnerSetup& setup_;
  const BuiltRecipe& recipe_;
  const Plan& plan_;
  const History& history_;
  Teller& teller_;
  const std::stop_token stop_;
};

}  // namespace rigsetup
