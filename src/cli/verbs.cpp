// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/verbs.hpp"

#include <vector>

namespace rigsetup::cli {

std::span<const Verb> all_verbs() {
  static const std::vector<Verb> table{
      {"init",
       "[NAME]",
       "write a recipe fitted to this machine",
       0,
       1,
       {"--root", "--out", "--replace"},
       init},
      {"plan",
       "[RECIPE]",
       "what would change, exact to the version",
       0,
       1,
       {"--root", "--rig", "--once", "--prune", "--only", "--out"},
       plan},
      {"apply",
       "[RECIPE|PLAN]",
       "show the plan, ask, make it so, and follow it",
       0,
       1,
       {"--root", "--rig", "--yes", "--detach", "--once", "--prune", "--only", "--allow-remove",
        "--allow-downgrade", "--allow-replace", "--allow-enrol"},
       apply},
      {"status", "", "how things are now, at a glance", 0, 0, {"--root"}, show_status},
      {"check", "[STEP]", "run the checks of the active recipe", 0, 1, {"--root", "--recipe"}, check},
      {"doctor",
       "",
       "what is wrong, why, and what fixes it",
       0,
       0,
       {"--fix", "--python", "--root", "--rig", "--yes", "--detach", "--allow-remove", "--allow-downgrade",
        "--allow-replace", "--allow-enrol"},
       doctor},
      {"runs", "", "all runs, the newest first", 0, 0, {"--limit"}, list_runs},
      {"show", "[RUN]", "what a run did, with evidence", 0, 1, {}, show_run},
      {"log", "[RUN]", "what the programs of a run printed", 0, 1, {"--step"}, show_log},
      {"watch", "[RUN]", "follow a run", 0, 1, {}, watch},
      {"cancel", "[RUN]", "stop a run at its next safe point", 0, 1, {}, cancel},
      {"resume",
       "[RUN]",
       "go on with a run that ended early, and follow it",
       0,
       1,
       {"--detach", "--allow-remove", "--allow-downgrade", "--allow-replace", "--allow-enrol"},
       resume},
      {"why", "[PACKAGE|PATH]", "who brought it; without one, all that rigsetup made", 0, 1, {"--root"}, why},
      {"wait", "", "until the rig is ready, or no run goes on", 0, 0, {"--for", "--timeout", "--root"}, wait},
      {"facts", "", "what this machine is", 0, 0, {"--root", "--rig"}, show_facts},
      {"kinds", "[KIND]", "what a recipe can hold; of one kind, its fields", 0, 1, {}, show_kinds},
      {"recipes", "[RECIPE]", "the shipped recipes; of one, its text", 0, 1, {}, show_recipes},
      {"validate", "FILE", "is this recipe right?", 1, 1, {}, validate},
      {"version", "", "of this program and of the daemon", 0, 0, {}, show_version},
      {"help", "[VERB]", "what there is; of one verb, its options and examples", 0, 1, {"--all"}, show_help},
      {"complete", "WORD...", "", 0, 1000, {}, complete},
  };
  return table;
}

}  // namespace rigsetup::cli
