// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/journal/journal.hpp>
#include <rigsetup/protocol/messages.hpp>
#include <rigsetup/recipe/recipe.hpp>

namespace rigsetup::server {

/// What is known of a check, as it travels; without a result it is unknown.
protocol::CheckLine check_line(const Step& step, const std::optional<CheckResult>& result);

}  // namespace rigsetup::server
