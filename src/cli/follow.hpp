// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <string>

#include <rigsetup/event/run_state.hpp>

#include "cli/session.hpp"

namespace rigsetup::cli {

/// What the journal knows of a run now.
RunState read_run(const Session& session, std::int64_t run);

/// What to type once a run has ended, or was left. `recipe`: as the caller named it; empty: it was only
/// followed.
std::string next_text(const Session& session, const RunState& state, const std::string& recipe);

/// Shows a run until it ends, from its first record on, then what it came to and the next command. Survives a
/// restart of the daemon: sequence numbers make the stream exact. Ctrl-C asks for a cancel; a second one, a
/// hang-up or a closed output only detaches. `recipe`: as the caller named it, for that next command. Returns
/// the exit code.
int follow(Session& session, std::int64_t run, const std::string& recipe);

/// The same for a run that this call did not start: a closed output ends it without a word, by OutputClosed.
int look_on(Session& session, std::int64_t run, const std::string& recipe);

}  // namespace rigsetup::cli
