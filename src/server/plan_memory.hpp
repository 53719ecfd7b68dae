// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include <rigsetup/plan/plan.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "server/access.hpp"

namespace rigsetup::server {

struct RememberedPlan {
  std::string id;
  Plan plan;
  std::string digest;
  RecipeInput recipe;
  uid_t owner = 0;
  bool trusted = false;  ///< was its owner, when it was made?
};

/// The last plans that were made, until they are run or newer ones take their place. Any thread.
class PlanMemory {
 public:
  static constexpr std::size_t k_plans = 16;
  static constexpr std::size_t k_recipe_bytes = 16 << 20;  ///< of recipes and attachments, together

  std::shared_ptr<const RememberedPlan> remember(Plan plan, RecipeInput recipe, const Peer& owner);
  /// A plan belongs to whoever made it, and to root. Throws Error(not_found).
  std::shared_ptr<const RememberedPlan> find(const std::string& id, const Peer& peer) const;
  void forget(const std::string& id);

 private:
  void make_room();
  mutable std::mutex mutex_;
  std::list<std::shared_ptr<const RememberedPlan>> plans_;  ///< oldest first
};

}  // namespace rigsetup::server
