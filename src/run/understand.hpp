// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include <rigsetup/journal/journal.hpp>
#include <rigsetup/plan/plan.hpp>

namespace rigsetup {

/// What a run was begun with, as this version understands it.
struct Understood {
  BuiltRecipe recipe;  ///< complete
  Plan plan;  ///< without steps when this version cannot read them: then it does not fit, and is made again
};

RecipeInput input_of(const StoredRun& stored);

/// The described machine that the run was planned for; empty: none, or nobody can tell any more.
std::string rig_of(const StoredRun& stored);

/// The stored texts go the same way at the first time and at every resume. A Fault that says how to go on
/// when another version began the run and this one does not accept its recipe, or cannot tell what was agreed
/// to: then nothing can be planned. `root`: of the run. Composites are what they were when it was planned.
std::variant<Understood, Fault> understand(const StoredRun& stored, std::int64_t run,
                                           const std::string& root);

}  // namespace rigsetup
