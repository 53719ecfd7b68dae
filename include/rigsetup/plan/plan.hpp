// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/apt/transaction.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/resource/catalog.hpp>
#include <rigsetup/resource/completion.hpp>
#include <rigsetup/resource/when.hpp>

namespace rigsetup {

/// What a plan says about one step.
enum class Verdict {
  as_wanted,  ///< nothing to do
  change,     ///< differs and will be changed
  check,      ///< a check that will be run
  pending,    ///< shows only after an earlier step; will be looked at then
  skip        ///< its `when` does not match
};
std::string_view to_string(Verdict verdict);

struct PlanStep {
  std::string id;
  std::string kind;
  std::string title;
  Verdict verdict = Verdict::as_wanted;
  std::string have;
  std::string want;
  std::string reason;  ///< for pending, skip and check; of a check also what its earlier result was
  std::vector<std::string> needs;  ///< ids of steps that must have ended well before it
  int transaction = -1;            ///< index into Plan::transactions for a package step that changes
  std::string content = {};        ///< content_of() its step
};

/// An ordered graph of steps and resolved transactions. A value: made, shown, stored, compared by digest.
struct Plan {
  std::string recipe;
  std::string recipe_digest;
  std::string root;
  Wish wish;
  std::vector<Thing> leftovers;   ///< what the recipe does not name any more: kept, or taken away if pruned
  std::vector<Consent> consents;  ///< those that the recipe's policy does not give
  apt::Repair repair;             ///< the first step, when needed
  std::vector<PlanStep> steps;
  std::vector<apt::Transaction> transactions;
  std::vector<std::string> notes;  ///< for the reader; not part of the digest
  std::uint64_t free_bytes = 0;    ///< on the target's file system when planned; not part of the digest
  Expansions expansions = {};      ///< of the recipe's composites; their parts are among the steps
  std::string rig = {};  ///< the folder that describes the machine; empty: the machine is no description

  bool described() const { return !rig.empty() && rig == root; }  ///< nothing is there that could be changed
  bool empty() const;                                             ///< nothing to change and nothing to check
  std::uint64_t download_bytes() const;
  std::int64_t disk_bytes() const;
  const PlanStep* find(std::string_view id) const;
  std::string digest() const;  ///< of what would be done
};
Value to_value(const Plan& plan);
Plan plan_from(const Value& value);  ///< throws Error(invalid)
/// Of a plan that another version made, what was agreed to besides its steps: recipe, root, wish, leftovers
/// and consents. Throws Error(invalid).
Plan agreement_from(const Value& value);

/// What the plan's packages would do beyond the recipe, and the policy does not allow. Pure.
std::vector<Consent> consents_of(const Plan& plan, const Policy& policy);

/// Id of the repair in events; no step of a recipe may have it.
constexpr std::string_view k_repair_step = "dpkg-repair";

/// Digest of what a part of a composite holds, which the text of the recipe does not fix by itself; empty for
/// a step of the recipe. Pure.
std::string content_of(const Step& step);

/// Edges: for each step the ids of the steps it needs, from `needs` or the default order of its kind. Pure.
std::vector<std::vector<std::string>> needs_of(const BuiltRecipe& recipe);

}  // namespace rigsetup
