// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/protocol/messages.hpp>

#include "cli/moment.hpp"
#include "cli/screen.hpp"

namespace rigsetup::cli {

/// The truth at a glance: every step as it is, every check with when it was made, what stands in the way.
/// Pure.
std::string status_text(const protocol::StatusReply& status, Moment now, const Screen& screen);

/// Results of checks. `evidence`: of all, not only of those that failed.
std::string checks_text(const std::vector<protocol::CheckLine>& checks, Moment now, const Screen& screen,
                        bool evidence);

/// Does anything differ, fail its check or wait for repair? What status cannot look at does not count.
bool changes_needed(const protocol::StatusReply& status);

bool any_failed(const std::vector<protocol::CheckLine>& checks);
int exit_code(const protocol::StatusReply& status);

}  // namespace rigsetup::cli
