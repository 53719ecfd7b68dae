// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/event/run_state.hpp>

#include "cli/screen.hpp"

namespace rigsetup::cli {

Mark mark_of(Outcome outcome);

/// How a step ended, in words: "changed: 1.0 → 1.1", "failed: cannot ...", "deferred: ...".
std::string outcome_words(const StepState& step, const Screen& screen);

std::string place_of(const std::string& root);  ///< "this machine" or the tree

std::string who_text(const Caller& caller);  ///< "alice on pts/3"

/// What a run came to: counts, and all that did not simply go well, with evidence, cause and hint. Pure.
std::string recap_text(const RunState& state, const Screen& screen);

/// Everything known of a run: who asked, every step with what it had, wanted and proved. Pure.
std::string run_text(const RunState& state, const Screen& screen);

int exit_code(const RunState& state);

}  // namespace rigsetup::cli
