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

/// Shows a run until it ends, from its first record on, then what it came to and the next command. Survives a
/// restart of the daemon: sequence numbers make the stream exact. Ctrl-C asks for a cancel; a second one, a
/// hang-up or a closed output only detaches. `recipe`: as the caller named it, for that next command. Returns
/// the exit code.
int follow(Session& session, std::int64_t run, const std::string& recipe);

}  // namespace rigsetup::cli
