// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/saved_plan.hpp"

#include <rigsetup/base/error.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;
using Catch::Matchers::Contains;
using Lines = std::vector<std::string>;

namespace {

SavedPlan sample() {
  SavedPlan saved;
  saved.made = "2026-11-25T10:00:00Z";
  saved.request.recipe.file = "rig.yaml";
  saved.request.recipe.text = "rigsetup: 1\n";
  saved.request.recipe.attachments["key.asc"] = std::string("\x00\xff", 2);
  saved.request.root = "/srv/image";
  saved.request.prune = true;
  saved.plan.id = "1234";
  saved.plan.digest = "abcd";
  saved.plan.root = "/srv/image";
  saved.plan.steps.push_back({"web", "apt_packages", "packages nginx", "change", "absent", "nginx", "", 0});
  auto& transaction = saved.plan.transactions.emplace_back();
  transaction.changes.push_back({"install", "nginx", "", "1.0", "Debian", true, 10, 20});
  return saved;
}

}  // namespace

TEST_CASE("a saved plan is read back as it was, files of the recipe included") {
  const SavedPlan saved = sample();
  const auto read = saved_plan_from(text_of(saved), "plan.json");
  REQUIRE(read);
  CHECK(read->made == saved.made);
  CHECK(read->request.to_value() == saved.request.to_value());
  CHECK(read->request.recipe.attachments == saved.request.recipe.attachments);
  CHECK(read->plan.to_value() == saved.plan.to_value());
}

TEST_CASE("a recipe is no saved plan") {
  CHECK_FALSE(saved_plan_from("rigsetup: 1\nname: x\n", "x.yaml"));
  CHECK_FALSE(saved_plan_from("", ""));
  CHECK_FALSE(saved_plan_from("{name: flow style}", "x.yaml"));
}

TEST_CASE("a plan of another format, and a damaged one, are refused by name") {
  CHECK_THROWS_WITH(saved_plan_from(R"({"rigsetup_plan": 2})", "plan.json"),
                    Contains("plan.json") && Contains("format 2"));
  const std::string text = text_of(sample());
  CHECK_THROWS_AS(saved_plan_from(text.substr(0, text.size() / 2), "plan.json"), Error);
}

TEST_CASE("what moved is named; nothing is when nothing did") {
  const auto before = sample().plan;
  CHECK(what_moved(before, before).empty());
  auto now = before;
  now.transactions[0].changes[0].to = "1.1";
  now.steps.push_back({"x", "file", "file /x", "as-wanted", "", "", "", -1});
  now.consents.push_back({"remove", "would remove apache2 2.4, which no step asks for"});
  CHECK(what_moved(before, now) ==
        Lines{"package nginx: was \"install 1.0\", is \"install 1.1\"", "step x: new: \"as-wanted\"",
              "would remove apache2 2.4, which no step asks for: new: \"beyond the recipe\""});
  now = before;
  now.transactions.clear();
  CHECK(what_moved(before, now) == Lines{"package nginx: was \"install 1.0\", is not in the plan any more"});
}
