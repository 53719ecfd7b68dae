// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/units.hpp"

#include <rigsetup/base/error.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/plan/toy_recipe.hpp"

using namespace rigsetup;
using rigsetup::test::ToyRecipe;
using Claim = Schedule::Claim;
using Indices = std::vector<std::size_t>;

namespace {

struct Example {
  void add(const std::string& id, std::vector<std::string> needs, int transaction = -1) {
    recipe.switch_on(id);
    PlanStep& step = plan.steps.emplace_back();
    step.id = id;
    step.kind = "toy";
    step.needs = std::move(needs);
    step.verdict = Verdict::change;
    step.transaction = transaction;
    plan.transactions.resize(
        std::max<std::size_t>(plan.transactions.size(), static_cast<std::size_t>(transaction + 1)));
  }
  ToyRecipe recipe;
  Plan plan;
};

}  // namespace

TEST_CASE("the steps of a transaction are one unit, which needs what any of them needs") {
  Example example;
  example.add("repository", {});
  example.add("one", {"repository"}, 0);
  example.add("file", {});
  example.add("two", {"repository", "file"}, 0);
  example.add("three", {"one", "two"}, 1);
  const Graph graph = graph_of(example.recipe.built, example.plan, false);
  REQUIRE(graph.units.size() == 4);
  CHECK(graph.units[1].sort == Unit::Sort::packages);
  CHECK(graph.units[1].steps == Indices{1, 3});
  CHECK(step_ids(graph.units[1], example.plan) == std::vector<std::string>{"one", "two"});
  CHECK(graph.nodes[0].claim == Claim::none);
  CHECK(graph.nodes[1].claim == Claim::exclusive);
  CHECK(graph.nodes[1].needs == Indices{0, 2});
  CHECK(graph.nodes[3].needs == Indices{1});
  CHECK(graph.units[3].transaction == 1);
}

TEST_CASE("a repair stands before everything") {
  Example example;
  example.add("a", {});
  example.add("b", {"a"});
  const Graph graph = graph_of(example.recipe.built, example.plan, true);
  REQUIRE(graph.units.size() == 3);
  CHECK(graph.units[0].sort == Unit::Sort::repair);
  CHECK(graph.nodes[0].claim == Claim::exclusive);
  CHECK(graph.nodes[1].needs == Indices{0});
  CHECK(graph.nodes[2].needs == Indices{0, 1});
  CHECK(step_ids(graph.units[0], example.plan) == std::vector<std::string>{"dpkg-repair"});
}

TEST_CASE("what a step needs at any distance is found by way of others, once each") {
  Example example;
  example.add("a", {});
  example.add("b", {"a"});
  example.add("c", {"a", "b"});
  example.add("d", {"c"});
  const auto needed = needed_at_any_distance(example.plan);
  REQUIRE(needed.size() == 4);
  CHECK(needed[0].empty());
  CHECK(needed[2] == Indices{0, 1});
  CHECK(needed[3] == Indices{2, 0, 1});
}

TEST_CASE("a plan that does not fit its recipe is refused") {
  Example example;
  example.add("a", {});
  REQUIRE(fits(example.recipe.built, example.plan));
  SECTION("another step") { example.plan.steps[0].id = "b"; }
  SECTION("another kind") { example.plan.steps[0].kind = "file"; }
  SECTION("another meaning") { example.plan.steps[0].title = "two toys"; }
  SECTION("it is no check") { example.plan.steps[0].verdict = Verdict::check; }
  SECTION("none of its steps can be read") { example.plan.steps.clear(); }
  SECTION("a step more") { example.plan.steps.push_back(example.plan.steps[0]); }
  SECTION("a need that is not there") { example.plan.steps[0].needs = {"z"}; }
  CHECK_FALSE(fits(example.recipe.built, example.plan));
  CHECK_THROWS_AS(graph_of(example.recipe.built, example.plan, false), Error);
}
