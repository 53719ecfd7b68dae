// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include "cli/activity.hpp"
#include "cli/screen.hpp"

namespace rigsetup::cli {

// What a terminal shows of a run. Pure: from what is known now to lines that fit the screen.

/// A line that stays, for a record that is worth one; empty for others.
std::string permanent_line(const Record& record, const RunState& after, const Screen& screen);

/// The block below, drawn again and again: what runs, what is to come as far as it fits, and a sum.
std::vector<std::string> live_block(const RunState& state, const Activities& activities, Moment now,
                                    const Screen& screen);

}  // namespace rigsetup::cli
