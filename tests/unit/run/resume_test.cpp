// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <atomic>

#include "tests/support/catch.hpp"
#include "tests/unit/plan/toy_recipe.hpp"
#include "tests/unit/run/world.hpp"

using namespace rigsetup;
using rigsetup::test::FakePrograms;
using rigsetup::test::Needs;
using rigsetup::test::ToyRecipe;
using rigsetup::test::World;
using Story = std::vector<std::string>;

namespace {

const Needs k_nothing = std::vector<std::string>{};

Command program(const std::string& name) {
  Command command;
  command.argv = {name};
  return command;
}

/// A step that is on once its program has run as a job.
void add_job(ToyRecipe& recipe, const std::string& id, const std::shared_ptr<bool>& on, Needs needs = {}) {
  recipe.primitive(
      id,
      [on]() -> Inspection {
        return *on ? Inspection(AsWanted{"on"}) : Differs{"off", "on"};
      },
      [](const Context& context) {
        context.run_job("work", program("long"), true);
        return Done{};
      },
      std::move(needs));
}

Checked passed(const Context&) { return {}; }

}  // namespace

TEST_CASE("a cancelled run ends its job, starts nothing more, and can be gone on with") {
  World world;
  ToyRecipe recipe;
  const auto on = std::make_shared<bool>(false);
  recipe.switch_on("a");
  add_job(recipe, "b", on);
  recipe.switch_on("c");
  const Plan plan = world.plan(recipe.built);
  const std::int64_t run = world.begin(plan);
  world.programs.on_job("long", [&](const Job&, const JobWatcher&, std::stop_token stop) {
    world.cancel(run);
    return FakePrograms::finished(stop.stop_requested() ? 130 : 0);
  });
  CHECK(world.run(recipe.built, plan, run) == RunOutcome::cancelled);
  const RunState state = world.journal.state(run);
  CHECK(state.find("a")->outcome == Outcome::changed);
  CHECK(state.find("b")->outcome == Outcome::cancelled);
  CHECK(state.find("c")->outcome == Outcome::not_tried);
  CHECK(state.find("c")->reason == "the run was cancelled");

  world.resume(run);
  world.stop = std::stop_source();
  const std::int64_t before = world.journal.state(run).last_sequence;
  world.programs.on_job("long", [&](const Job&, const JobWatcher&, std::stop_token) {
    *on = true;
    return FakePrograms::finished(0);
  });
  CHECK(world.run(recipe.built, plan, run) == RunOutcome::done);
  CHECK(world.story(run, before) == Story{"b started", "b changed", "c started", "c changed", "run done"});
}

TEST_CASE("a run that had ended when it was cancelled ends as it did") {
  World world;
  ToyRecipe recipe;
  const auto on = std::make_shared<bool>(false);
  std::int64_t run = 0;
  recipe.primitive(
      "a",
      [on]() -> Inspection {
        return *on ? Inspection(AsWanted{"on"}) : Differs{"off", "on"};
      },
      [&](const Context&) {
        *on = true;
        world.cancel(run);
        return Done{};
      });
  const Plan plan = world.plan(recipe.built);
  run = world.begin(plan);
  CHECK(world.run(recipe.built, plan, run) == RunOutcome::done);
}

TEST_CASE(
    "abandoned, a run records nothing more and leaves its job; the next daemon follows it and ends the run") {
  World world;
  ToyRecipe recipe;
  const auto on = std::make_shared<bool>(false);
  add_job(recipe, "a", on);
  recipe.switch_on("b");
  const Plan plan = world.plan(recipe.built);
  const std::int64_t run = world.begin(plan);
  Job left;
  world.programs.on_job("long", [&](const Job& job, const JobWatcher&, std::stop_token) -> Finished {
    left = job;
    world.leave();
    throw Abandoned();
  });
  CHECK(world.run(recipe.built, plan, run) == RunOutcome::running);
  CHECK(world.story(run) == Story{"a started"});
  CHECK(left.folder == world.run_folder(run) / "a" / "work");
  CHECK(world.journal.unfinished() == std::vector<std::int64_t>{run});

  world.resume(run);
  world.stop = std::stop_source();
  world.abandon = std::stop_source();
  Tree(left.folder).write("/job", "");  // what makes a folder one of a job that nobody saw the end of
  world.programs.on_adopt(left.folder, left);
  world.programs.on_job("long", [&](const Job&, const JobWatcher&, std::stop_token) {
    *on = true;
    return FakePrograms::finished(0);
  });
  CHECK(world.run(recipe.built, plan, run) == RunOutcome::done);
  CHECK(world.story(run) == Story{"a started", "run resumed",
                                  "a found: work went on while the daemon was away and ended: exit status 0",
                                  "a changed", "b started", "b changed", "run done"});
}

TEST_CASE("a step that was at work when the daemon died, and is as wanted now, was changed by this run") {
  World world;
  ToyRecipe recipe;
  const auto on = std::make_shared<bool>(false);
  recipe.switch_on("a", on);
  recipe.switch_on("b");
  const Plan plan = world.plan(recipe.built);
  const std::int64_t run = world.begin(plan);
  world.journal.append(run, StepStarted{"a", "off", "on"});
  *on = true;
  world.resume(run);
  CHECK(world.run(recipe.built, plan, run) == RunOutcome::done);
  CHECK(world.story(run) ==
        Story{"a started", "run resumed", "a changed", "b started", "b changed", "run done"});
}

TEST_CASE("a check that passed earlier in the run stands, unless something it needs changed after") {
  World world;
  ToyRecipe recipe;
  const auto on = std::make_shared<bool>(false);
  bool last_is_on = false;
  std::atomic<int> checked = 0;
  recipe.switch_on("a", on);
  recipe.switch_on("between");
  recipe.check(
      "proof",
      [&](const Context& context) {
        ++checked;
        return passed(context);
      },
      Needs({"between"}));
  recipe.primitive(
      "last",
      [&]() -> Inspection {
        return last_is_on ? Inspection(AsWanted{"on"}) : Differs{"off", "on"};
      },
      [](const Context&) { return Done{}; }, Needs({"proof"}));
  const Plan plan = world.plan(recipe.built);
  const std::int64_t run = world.begin(plan);
  CHECK(world.run(recipe.built, plan, run) == RunOutcome::failed);
  REQUIRE(checked == 1);
  last_is_on = true;
  world.resume(run);
  SECTION("it stands") {
    CHECK(world.run(recipe.built, plan, run) == RunOutcome::done);
    CHECK(checked == 1);
  }
  SECTION("a step it needs by way of another is changed again") {
    *on = false;
    CHECK(world.run(recipe.built, plan, run) == RunOutcome::done);
    CHECK(checked == 2);
  }
  SECTION("a step it needs was changed by a daemon that died before the check") {
    world.journal.append(run, StepStarted{"a", "off", "on"});
    world.journal.append(run, StepFinished{"a", Outcome::changed, {}, {}, {}, 1});
    CHECK(world.run(recipe.built, plan, run) == RunOutcome::done);
    CHECK(checked == 2);
  }
}

TEST_CASE("a run resumed only to be cancelled says which step was cut short") {
  World world;
  ToyRecipe recipe;
  recipe.switch_on("a", k_nothing);
  recipe.switch_on("b", k_nothing);
  recipe.switch_on("c", k_nothing);
  const Plan plan = world.plan(recipe.built);
  const std::int64_t run = world.begin(plan);
  world.journal.append(run, StepStarted{"a", "off", "on"});
  world.journal.append(run, StepFinished{"a", Outcome::changed, {}, {}, {}, 1});
  world.journal.append(run, StepStarted{"b", "off", "on"});
  world.resume(run);
  world.stop.request_stop();
  CHECK(world.run(recipe.built, plan, run) == RunOutcome::cancelled);
  const RunState state = world.journal.state(run);
  CHECK(state.find("a")->outcome == Outcome::changed);
  CHECK(state.find("b")->outcome == Outcome::cancelled);
  CHECK(state.find("c")->outcome == Outcome::not_tried);
}
