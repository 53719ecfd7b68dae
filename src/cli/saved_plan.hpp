// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <rigsetup/protocol/messages.hpp>

namespace rigsetup::cli {

/// A plan in a file: what was asked for, with the recipe and its files, and what the daemon made of it. It is
/// never trusted: applying it plans again, and goes on only where that comes to the same.
struct SavedPlan {
  std::string made;  ///< UTC
  protocol::RecipeRequest request;
  protocol::PlanReply plan;
};

std::string text_of(const SavedPlan& plan);
/// Nothing when the text is something else; throws Error(invalid) for a plan of another format, or a damaged
/// one.
std::optional<SavedPlan> saved_plan_from(const std::string& text, const std::string& file);

/// What is another in the second plan, a line each. Pure.
std::vector<std::string> what_moved(const protocol::PlanReply& before, const protocol::PlanReply& now);

}  // namespace rigsetup::cli
