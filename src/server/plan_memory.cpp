// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/plan_memory.hpp"

#include <algorithm>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::server {
namespace {

std::size_t bytes_of(const RecipeInput& recipe) {
  std::size_t bytes = recipe.text.size();
  for (const auto& [name, content] : recipe.attachments) bytes += content.size();
  return bytes;
}

}  // namespace

std::shared_ptr<const RememberedPlan> PlanMemory::remember(Plan plan, RecipeInput recipe, const Peer& owner) {
  auto digest = plan.digest();
  auto remembered = std::make_shared<const RememberedPlan>(RememberedPlan{
      random_hex(8), std::move(plan), std::move(digest), std::move(recipe), owner.uid, owner.trusted});
  const std::lock_guard lock(mutex_);
  plans_.push_back(remembered);
  make_room();
  return remembered;
}

std::shared_ptr<const RememberedPlan> PlanMemory::find(const std::string& id, const Peer& peer) const {
  const std::lock_guard lock(mutex_);
  for (const auto& remembered : plans_) {
    if (remembered->id == id && (peer.uid == 0 || peer.uid == remembered->owner)) return remembered;
  }
  throw Error(Code::not_found,
              format("cannot find plan {}: it was run, or is not remembered any more", printable(id)),
              "plan again");
}

void PlanMemory::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  plans_.remove_if([&](const auto& remembered) { return remembered->id == id; });
}

void PlanMemory::make_room() {
  const auto too_much = [&] {
    std::size_t bytes = 0;
    for (const auto& remembered : plans_) bytes += bytes_of(remembered->recipe);
    return plans_.size() > k_plans || bytes > k_recipe_bytes;
  };
  while (plans_.size() > 1 && too_much()) {
    // Plans of strangers, who cannot run them, go first: nobody pushes out what root is about to agree to.
    const auto stranger =
        std::ranges::find_if(plans_, [](const auto& remembered) { return !remembered->trusted; });
    plans_.erase(stranger == plans_.end() ? plans_.begin() : stranger);
  }
}

}  // namespace rigsetup::server
