// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/plan_memory.hpp"

#include <rigsetup/base/error.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::server;

namespace {

const Peer k_root{0, 0, 1, {}, true};
const Peer k_member{1000, 1000, 1, {}, true};
const Peer k_other_member{1001, 1001, 1, {}, true};
const Peer k_stranger{2000, 2000, 1, {}, false};

Plan plan_of(const std::string& recipe) {
  Plan plan;
  plan.recipe = recipe;
  plan.root = "/";
  return plan;
}

bool remembers(const PlanMemory& memory, const std::string& id) {
  try {
    return memory.find(id, k_root)->id == id;
  } catch (const Error& error) {
    return error.code() != Code::not_found;
  }
}

}  // namespace

TEST_CASE("a plan belongs to whoever made it, and to root") {
  PlanMemory memory;
  const auto id = memory.remember(plan_of("a"), {"a.yaml", "text", {}}, k_member)->id;
  CHECK(memory.find(id, k_member)->plan.recipe == "a");
  CHECK(memory.find(id, k_root)->recipe.text == "text");
  CHECK_THROWS_AS(memory.find(id, k_other_member), Error);
  CHECK_THROWS_AS(memory.find(id, k_stranger), Error);
}

TEST_CASE("the oldest plans are forgotten first") {
  PlanMemory memory;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i <= PlanMemory::k_plans; ++i)
    ids.push_back(memory.remember(plan_of("a"), {}, k_root)->id);
  CHECK_FALSE(remembers(memory, ids[0]));
  CHECK(remembers(memory, ids[1]));
  CHECK(remembers(memory, ids.back()));
}

TEST_CASE("strangers push out no plan of the trusted") {
  PlanMemory memory;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < PlanMemory::k_plans; ++i)
    ids.push_back(memory.remember(plan_of("a"), {}, k_root)->id);
  for (int i = 0; i < 40; ++i)
    CHECK_FALSE(remembers(memory, memory.remember(plan_of("b"), {}, k_stranger)->id));
  for (const auto& id : ids) CHECK(remembers(memory, id));
}

TEST_CASE("attachments are bounded together") {
  PlanMemory memory;
  const RecipeInput big{"a.yaml", "", {{"wheels", std::string(PlanMemory::k_recipe_bytes / 2, 'x')}}};
  const auto first = memory.remember(plan_of("a"), big, k_root)->id;
  const auto second = memory.remember(plan_of("b"), big, k_root)->id;
  CHECK(remembers(memory, first));
  const auto third = memory.remember(plan_of("c"), {"c.yaml", "x", {}}, k_root)->id;
  CHECK_FALSE(remembers(memory, first));
  CHECK(remembers(memory, second));
  CHECK(remembers(memory, third));
}

TEST_CASE("a plan that was run is forgotten") {
  PlanMemory memory;
  const auto id = memory.remember(plan_of("a"), {}, k_root)->id;
  memory.forget(id);
  CHECK_FALSE(remembers(memory, id));
}
