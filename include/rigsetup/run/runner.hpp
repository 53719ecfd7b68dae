// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include <rigsetup/journal/journal.hpp>
#include <rigsetup/plan/planner.hpp>
#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {

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
};

/// Executes a plan: ready? start. finished? record. repeat. Each step is inspected, applied and inspected
/// again. Called on the run thread; steps run on a pool of its own that ends with the call.
class Runner {
 public:
  explicit Runner(RunnerSetup setup);
  /// Also after a crash: jobs that an earlier daemon started are followed to their end first, dpkg is
  /// repaired when it must be, and every step is looked at again. Records everything, RunFinished too, and
  /// returns how it ended. Abandoned, it returns RunOutcome::running and there is no RunFinished. Throws when
  /// the journal cannot be written, and Error(conflict) when the plan is not one of the recipe.
  RunOutcome run(const BuiltRecipe& recipe, const Plan& plan, std::int64_t run, std::stop_token stop);

 private:
  RunnerSetup setup_;
};

}  // namespace rigsetup
