// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/understand.hpp"

#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;

namespace {

const std::string k_recipe =
    "rigsetup: 1\nname: rig\nsteps:\n  - id: a\n    file: {path: /etc/a, content: x}\n";

StoredRun stored(const std::string& recipe = k_recipe) {
  Plan plan;
  plan.recipe = "rig";
  plan.recipe_digest = "aa";
  plan.root = "/srv/rig";
  plan.wish.prune = true;
  plan.leftovers = {{"file", "/etc/old"}};
  plan.consents = {{"remove", "would remove nginx"}};
  PlanStep& step = plan.steps.emplace_back();
  step.id = "a";
  step.kind = "file";
  return {"rig.yaml", recipe, {}, to_json(to_value(plan))};
}

Understood understood(const StoredRun& run) {
  auto result = understand(run, 7, "/srv/rig");
  if (const auto* fault = std::get_if<Fault>(&result)) FAIL(fault->message);
  return std::get<Understood>(std::move(result));
}

Fault fault(const StoredRun& run, const std::string& root = "/srv/rig") {
  auto result = understand(run, 7, root);
  REQUIRE(std::holds_alternative<Fault>(result));
  return std::get<Fault>(result);
}

}  // namespace

TEST_CASE("what is stored is understood, and the recipe completed as was wished") {
  const Understood known = understood(stored());
  CHECK(known.plan.steps.size() == 1);
  REQUIRE(known.recipe.steps.size() == 2);
  CHECK(known.recipe.recipe.steps[1].id == "prune.file");
}

TEST_CASE("of a plan whose steps cannot be read, what was agreed to besides is kept") {
  StoredRun run = stored();
  run.plan.replace(run.plan.find("as-wanted"), 9, "sideways!");
  const Understood known = understood(run);
  CHECK(known.plan.steps.empty());
  CHECK(known.plan.root == "/srv/rig");
  CHECK(known.plan.wish.prune);
  CHECK(known.plan.leftovers.size() == 1);
  CHECK(known.plan.consents.size() == 1);
  CHECK(known.recipe.steps.size() == 2);
}

TEST_CASE("a recipe that is not accepted is named with its place, and what to type") {
  std::string recipe = k_recipe;
  recipe.replace(recipe.find("content"), 7, "kontent");
  const Fault one = fault(stored(recipe));
  CHECK(one.code == Code::unsupported);
  CHECK_THAT(one.message, Contains("cannot go on with run 7") && Contains("rig.yaml:5:26") &&
                              Contains("no field \"kontent\""));
  CHECK_THAT(one.hint, Contains("rigsetup apply rig.yaml --root /srv/rig;"));
  CHECK_THAT(fault(stored(recipe), "/").hint, Contains("rigsetup apply rig.yaml;"));
  CHECK_THAT(fault(stored(recipe + "stepz: []\n")).message, Contains("and 1 more"));
}

TEST_CASE("when nobody can tell what was agreed to, that is said") {
  StoredRun run = stored();
  run.plan = GENERATE(as<std::string>(), "no JSON", "[]", "{}");
  CHECK_THAT(fault(run).message, Contains("what was agreed to cannot be read"));
}
