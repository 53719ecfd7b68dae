// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/protocol/messages.hpp>

#include "cli/session.hpp"

namespace rigsetup::cli {

/// Whether the text is a recipe, as the daemon judges; `body` is its whole reply.
protocol::ValidateReply ask_validate(const Session& session, const protocol::RecipeRequest& request,
                                     std::string& body);

/// The recipe and all that belongs to it: the daemon tells which files it needs, and they are read here, with
/// the caller's rights. Empty: the active one. Throws Refused with all complaints when it is not right.
protocol::RecipeRequest request_for(const Session& session, const std::string& recipe);
/// The same for a recipe that was read already.
protocol::RecipeRequest request_for(const Session& session, protocol::RecipeRef recipe);

}  // namespace rigsetup::cli
