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

/// What is known of a check from when it was run last.
struct Standing {
  bool stands = false;  ///< is it left at that?
  std::string text;     ///< that result with its time, or the reason to run the check again
};
using LastCheck = std::function<Standing(const Step& step)>;

/// What planning needs besides the recipe.
struct PlanContext {
  const Host& host;
  Downloads& downloads;
  apt::Archive& archive;
  LastCheck last_check;
  std::filesystem::path work;  ///< folder for keys fetched by URL
  Reporter& reporter;
  std::stop_token stop;
  Wish wish = {};
  std::vector<Thing> leftovers = {};  ///< that are there
};

/// The straight path from a recipe, completed by what the wish is about, to a plan: facts, look, sources and
/// lists only when a package step differs, resolve, assemble. Changes nothing in the target.
Plan make_plan(const BuiltRecipe& recipe, const PlanContext& context);

/// Only looks: the verdicts without archives. `files_only`: steps whose kind is not reads_only are left
/// unknown, as `status` needs it. One entry for each step, in order.
std::vector<Inspection> inspect_steps(const BuiltRecipe& recipe, const Host& host, bool files_only,
                                      std::stop_token stop);

/// The key of a check's stored result: its kind and the digest of its fields.
std::string check_key(const Step& step);

}  // namespace rigsetup
