// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <rigsetup/protocol/messages.hpp>

#include "cli/session.hpp"

namespace rigsetup::cli {

/// The words of consent that go with a plan that was shown; nothing when the answer is no. On a terminal
/// everything that goes beyond the recipe is asked for by itself. Throws Error(consent) where nobody can be
/// asked, with the command that agrees: `command` makes one of the options that do.
std::optional<std::vector<std::string>> consent_to(
    const Session& session, const protocol::PlanReply& plan,
    const std::function<std::string(std::vector<std::string> options)>& command);

}  // namespace rigsetup::cli
