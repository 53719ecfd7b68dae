// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <rigsetup/event/reporter.hpp>
#include <rigsetup/journal/journal.hpp>
#include <rigsetup/plan/planner.hpp>
#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {

class Teller;

/// A plan that takes the place of one that cannot be executed any more; or why nobody may go on with it
/// unasked.
struct PlannedAgain {
  Plan plan;
  std::vector<std::string> differences;  ///< to the plan before; empty: it is still the same
  std::vector<Consent> missing;          ///< to removals, downgrades and replacements; empty: the run goes on
  std::shared_ptr<const BuiltRecipe> recipe = {};  ///< that it is a plan of; null: the same as before
  const BuiltRecipe& recipe_or(const BuiltRecipe& before) const { return recipe ? *recipe : before; }
};

/// What one run works with. All of it outlives the run.
struct RunnerSetup {
  Journal& journal;
  const Host& host;
  Downloads& downloads;
  apt::Archive& archive;
  apt::Settings apt;
  std::filesystem::path folder;  ///< of the run, for job folders
  std::filesystem::path logs;    ///< of the run: STEP.log
  int workers = 4;
  /// Requested (before `stop`) when the daemon goes: work stops as if cancelled, but jobs are left alone,
  /// nothing more is started and the run is left unfinished for the next daemon.
  std::stop_token abandon = {};
  /// Set for a run that is gone on with later: makes its plan anew, on fresh lists. Throws Error.
  std::function<PlannedAgain(const Plan& before, Reporter& reporter, std::stop_token stop)> plan_again = {};
};

/// Executes a plan: ready? start. finished? record. repeat. Each step is inspected, applied and inspected
/// again. Called on the run thread; steps run on a pool of its own that ends with the call.
class Runner {
 public:
  explicit Runner(RunnerSetup setup);
  /// Also after a crash: jobs that an earlier daemon started are followed to their end first, dpkg is
  /// repaired when it must be, and every step is looked at again. A plan that cannot be followed any more, or
  /// that does not fit the recipe since another version made it, is made again. Records everything,
  /// RunFinished too, and returns how it ended. Abandoned, it returns RunOutcome::running and there is no
  /// RunFinished. Throws when the journal cannot be written, and Error(conflict) when a plan does not fit and
  /// there is no other. The recipe is complete: it has the steps that the plan's wish is about.
  RunOutcome run(const BuiltRecipe& recipe, const Plan& plan, std::int64_t run, std::stop_token stop);
  /// A run with which nothing can be done before somebody acts: only its jobs are followed to their end.
  RunOutcome wait(const Fault& why, std::int64_t run, std::stop_token stop);

 private:
  enum class Because { moved, does_not_fit };
  RunOutcome run_another(const BuiltRecipe& recipe, const Plan& before, std::int64_t run,
                         std::stop_token stop);
  bool may_have_moved(const Plan& plan, std::int64_t run) const;
  std::optional<PlannedAgain> plan_otherwise(const Plan& plan, std::int64_t run, Teller& teller,
                                             std::stop_token stop, Because because,
                                             RunFinished& finished) const;
  RunOutcome end(std::int64_t run, const RunFinished& finished) const;
  RunnerSetup setup_;
};

}  // namespace rigsetup
