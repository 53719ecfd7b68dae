// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/plan/plan.hpp>
#include <rigsetup/plan/space.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;

namespace {

PlanStep step(const std::string& id, Verdict verdict) {
  PlanStep step;
  step.id = id;
  step.kind = "file";
  step.title = "file /etc/" + id;
  step.verdict = verdict;
  return step;
}

Plan example() {
  Plan plan;
  plan.recipe = "web";
  plan.recipe_digest = std::string(64, 'a');
  plan.root = "/srv/root";
  plan.repair = {{"nginx is half-configured"}, true};
  plan.steps = {step("first", Verdict::as_wanted), step("second", Verdict::change),
                step("third", Verdict::check), step("fourth", Verdict::skip),
                step("fifth", Verdict::pending)};
  plan.steps[1].have = "absent";
  plan.steps[1].want = "there";
  plan.steps[1].needs = {"first"};
  plan.steps[1].transaction = 0;
  plan.steps[4].reason = "shows later";
  apt::Change change;
  change.name = "nginx";
  change.architecture = "amd64";
  change.to = "1.22.1-9";
  change.requested = true;
  change.download_bytes = 1000;
  change.disk_bytes = 5000;
  plan.transactions.push_back({{"second"}, {change}, {"nginx"}});
  plan.notes = {"a note"};
  plan.free_bytes = 123456789;
  return plan;
}

}  // namespace

TEST_CASE("a plan read back from its JSON is the same plan") {
  const Plan plan = example();
  const std::string json = to_json(to_value(plan));
  const Plan again = plan_from(parse_json(json));
  CHECK(to_json(to_value(again)) == json);
  CHECK(again.digest() == plan.digest());
  REQUIRE(again.find("second"));
  CHECK(again.find("second")->needs == std::vector<std::string>{"first"});
  CHECK(again.find("second")->transaction == 0);
  CHECK(again.find("fourth")->verdict == Verdict::skip);
  CHECK(again.repair.needed());
  CHECK(again.free_bytes == 123456789);
  CHECK(again.find("sixth") == nullptr);
}

TEST_CASE("a plan that contradicts itself is refused") {
  Value value = to_value(example());
  SECTION("a step in a transaction that is not there") { value.set("transactions", Value::list()); }
  SECTION("no steps at all") { value.set("steps", nullptr); }
  SECTION("a verdict nobody knows") {
    Value bad = Value::map();
    bad.set("id", "x").set("kind", "file").set("verdict", "perhaps");
    value.set("steps", Value::list({bad}));
  }
  CHECK_THROWS_AS(plan_from(value), Error);
}

TEST_CASE("a plan's digest is fixed for good by what would be done") {
  // Runs store it and clients send it: another value for the same plan is a broken promise.
  CHECK(example().digest() == "dd4218712042b6bcc3d2af8a3980156b590e35970f3561e0eb5be821f6437522");
}

TEST_CASE("the digest covers what is agreed to and nothing else") {
  const std::string digest = example().digest();
  Plan plan = example();
  SECTION("a note, free space and what was found are not part of it") {
    plan.notes.clear();
    plan.free_bytes = 0;
    plan.steps[1].have = "something else";
    plan.steps[0].title = "renamed";
    CHECK(plan.digest() == digest);
  }
  SECTION("a step that would change is") {
    plan.steps[0].verdict = Verdict::change;
    CHECK(plan.digest() != digest);
  }
  SECTION("a version is") {
    plan.transactions[0].changes[0].to = "1.22.1-10";
    CHECK(plan.digest() != digest);
  }
  SECTION("a repair is") {
    plan.repair = {};
    CHECK(plan.digest() != digest);
  }
  SECTION("the root is") {
    plan.root = "/";
    CHECK(plan.digest() != digest);
  }
  SECTION("the described machine is") {
    plan.rig = "/srv/rig";
    CHECK(plan.digest() != digest);
    CHECK(plan_from(to_value(plan)).digest() == plan.digest());
  }
  SECTION("the recipe is") {
    plan.recipe_digest[0] = 'b';
    CHECK(plan.digest() != digest);
  }
}

TEST_CASE("a plan is empty when nothing is changed, checked or repaired") {
  Plan plan;
  CHECK(plan.empty());
  plan.steps = {step("a", Verdict::as_wanted), step("b", Verdict::skip)};
  CHECK(plan.empty());
  for (const Verdict verdict : {Verdict::change, Verdict::check, Verdict::pending}) {
    plan.steps[0].verdict = verdict;
    CHECK_FALSE(plan.empty());
  }
  plan.steps.clear();
  plan.repair.journal_left = true;
  CHECK_FALSE(plan.empty());
}

TEST_CASE("a plan's bytes are those of its transactions, and removals give some back") {
  Plan plan = example();
  apt::Change removal;
  removal.action = apt::Action::remove;
  removal.name = "apache2";
  removal.from = "2.4";
  removal.disk_bytes = -7000;
  plan.transactions.push_back({{"fifth"}, {removal}, {}});
  CHECK(plan.download_bytes() == 1000);
  CHECK(plan.disk_bytes() == -2000);
}

TEST_CASE("what does not fit on the disk is said with both sizes") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  Plan plan = example();
  CHECK(why_no_space(plan, tree).empty());
  plan.transactions[0].changes[0].disk_bytes = std::int64_t{1} << 60;
  const std::string reason = why_no_space(plan, tree);
  const std::uint64_t with_download = (std::uint64_t{1} << 60) + 1000;
  CHECK(reason.find("needs " + human_bytes(with_download) + " in " + folder.path().string()) == 0);
  CHECK(reason.find(" is free") != std::string::npos);
}
