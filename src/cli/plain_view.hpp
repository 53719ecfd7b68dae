// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include "cli/activity.hpp"
#include "cli/screen.hpp"

namespace rigsetup::cli {

// What a log file, a pipe or a dumb terminal shows of a run: whole lines, each understandable alone. Pure.

/// A line for a record, without a newline; empty for the end of the run, of which the recap speaks.
std::string plain_line(const Record& record, const Screen& screen);

/// "[12 %, 3 min left] cuda: downloading, 812 MB of 1.6 GB, 34 MB/s, 24 s left (0:41)": of the run, then of
/// the step.
std::string plain_progress(const StepState& step, const Activities& activities, Moment now);

}  // namespace rigsetup::cli
