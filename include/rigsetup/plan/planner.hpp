// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>
#include <vector>

#include <rigsetup/apt/archive.hpp>
#include <rigsetup/event/reporter.hpp>
#include <rigsetup/fetch/downloads.hpp>
#include <rigsetup/plan/plan.hpp>

namespace rigsetup {

/// What an earlier run proved about a check: the reason to run it again, or nothing when its result still
/// stands.
using LastCheck = std::function<std::optional<std::string>(const Step& step)>;

/// What planning needs besides the recipe.
struct PlanContext {
  const Host& host;
  Downloads& downloads;
  apt::Archive& archive;
  LastCheck last_check;
  std::filesystem::path work;  ///< folder for keys fetched by URL
  Reporter& reporter;
  std::stop_token stop;
};

/// The straight path from a recipe to a plan: facts, look, sources and lists only when a package step
/// differs, resolve, assemble. Changes nothing in the target.
Plan make_plan(const BuiltRecipe& recipe, const PlanContext& context);

/// Only looks: the verdicts without archives. `files_only`: steps whose kind is not reads_only are left
/// unknown, as `status` needs it. One entry for each step, in order.
std::vector<Inspection> inspect_steps(const BuiltRecipe& recipe, const Host& host, bool files_only,
                                      std::stop_token stop);

/// The key of a check's stored result: its kind and the digest of its fields.
std::string check_key(const Step& step);

}  // namespace rigsetup
