// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/protocol/messages.hpp>

#include "cli/moment.hpp"
#include "cli/screen.hpp"

namespace rigsetup::cli {

/// All that rigsetup made, a line each. Pure.
std::string things_text(const protocol::WhyReply& all, const Screen& screen);

/// Where a package or a path came from, and which line of a recipe wants it. Pure.
std::string why_text(const protocol::WhyReply& why, Moment now, const Screen& screen);

}  // namespace rigsetup::cli
