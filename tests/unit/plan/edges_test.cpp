// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/plan/plan.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using Names = std::vector<std::string>;

namespace {

Kind kind(std::string_view name, std::vector<std::string_view> independent_of = {}) {
  Kind kind;
  kind.name = name;
  kind.independent_of = std::move(independent_of);
  return kind;
}

void add(BuiltRecipe& recipe, const std::string& id, const Kind& kind,
         std::optional<std::vector<std::string>> needs = {}) {
  Step step;
  step.id = id;
  step.kind = kind.name;
  step.needs = std::move(needs);
  recipe.recipe.steps.push_back(std::move(step));
  recipe.steps.emplace_back().kind = &kind;
}

}  // namespace

TEST_CASE("a step needs all above it, unless its kind or it says otherwise") {
  const Kind driver = kind("driver");
  const Kind engine = kind("engine", {"driver"});
  BuiltRecipe recipe;
  add(recipe, "a", driver);
  add(recipe, "b", engine);
  add(recipe, "c", driver);
  add(recipe, "d", driver, Names{"b"});
  add(recipe, "e", driver, Names{});
  add(recipe, "f", engine);
  const auto edges = needs_of(recipe);
  REQUIRE(edges.size() == 6);
  CHECK(edges[0].empty());
  CHECK(edges[1].empty());
  CHECK(edges[2] == Names{"a", "b"});
  CHECK(edges[3] == Names{"b"});
  CHECK(edges[4].empty());
  CHECK(edges[5] == Names{"b"});
}

TEST_CASE("parts of other composites do not wait for a late one, everything else does") {
  const Kind kind_of_part = kind("part");
  BuiltRecipe recipe;
  add(recipe, "driver.packages", kind_of_part);
  add(recipe, "driver.loaded", kind_of_part);
  recipe.steps.back().late = true;
  add(recipe, "driver.service", kind_of_part);
  add(recipe, "toolkit.packages", kind_of_part);
  add(recipe, "mine", kind_of_part);
  const auto edges = needs_of(recipe);
  CHECK(edges[2] == Names{"driver.packages", "driver.loaded"});
  CHECK(edges[3] == Names{"driver.packages", "driver.service"});
  CHECK(edges[4] == Names{"driver.packages", "driver.loaded", "driver.service", "toolkit.packages"});
}

TEST_CASE("when: every condition that is given must hold") {
  Facts facts;
  facts.os_id = "debian";
  facts.os_version = "12";
  facts.machine.emplace();
  CHECK(why_not_wanted({}, facts).empty());
  CHECK(why_not_wanted({"", {"ubuntu-22.04", "debian-12"}}, facts).empty());
  CHECK(why_not_wanted({"", {"ubuntu-22.04"}}, facts) == "only for ubuntu-22.04, this is debian-12");
  CHECK(why_not_wanted({"nvidia", {}}, facts) == "there is no NVIDIA GPU");
  CHECK(why_not_wanted({"none", {"debian-12"}}, facts).empty());

  Gpu gpu;
  gpu.vendor = "nvidia";
  facts.machine->gpus.push_back(gpu);
  CHECK(why_not_wanted({"nvidia", {"debian-12"}}, facts).empty());
  CHECK(why_not_wanted({"none", {}}, facts) == "there is an NVIDIA GPU");

  facts.machine.reset();
  CHECK_FALSE(why_not_wanted({"nvidia", {}}, facts).empty());
  CHECK_FALSE(why_not_wanted({"none", {}}, facts).empty());
}
