// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>

#include <rigsetup/protocol/messages.hpp>

#include "cli/screen.hpp"

namespace rigsetup::cli {

/// All that a plan would do: a line a step, the repair, every package with its exact version, sizes. Pure.
std::string plan_text(const protocol::PlanReply& plan, std::string_view os, const Screen& screen);

/// Does anything differ from what is wanted? Checks that would be run do not count.
bool changes_needed(const protocol::PlanReply& plan);

/// "1.1 → 1.2"; what was not there is "nothing".
std::string difference(const std::string& have, const std::string& want, const Screen& screen);

/// Every complaint as "file:line:column: message" with its hint and, where the text is known, its line and a
/// caret.
std::string complaints_text(const std::vector<Complaint>& complaints, std::string_view source,
                            const Screen& screen);

}  // namespace rigsetup::cli
