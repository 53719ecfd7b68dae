// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/event/run_state.hpp>
#include <rigsetup/protocol/messages.hpp>

#include "cli/activity.hpp"
#include "cli/moment.hpp"
#include "cli/screen.hpp"

namespace rigsetup::cli::test {

Screen terminal(int width);   ///< UTF-8, no colours
Screen plain(int width = 0);  ///< ASCII, no terminal

Moment second(int offset);  ///< after the run began

/// A run on a tree with something of everything: changed, as wanted, running, failed, deferred, not tried.
std::vector<Record> records_up_to(int second);
RunState state_of(const std::vector<Record>& records);
Activities activities_of(const std::vector<Record>& records);

protocol::PlanReply plan();
protocol::StatusReply status();

}  // namespace rigsetup::cli::test
