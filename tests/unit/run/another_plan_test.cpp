// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// A run is taken up whose plan was made by another version.
#include "tests/support/catch.hpp"
#include "tests/unit/plan/toy_recipe.hpp"
#include "tests/unit/run/world.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;
using rigsetup::test::FakePrograms;
using rigsetup::test::ToyRecipe;
using rigsetup::test::World;
using Story = std::vector<std::string>;

namespace {

/// A recipe of steps a and b, and a run whose plan has a step more. a has ended, and its job goes on.
struct Upgraded {
  Upgraded() {
    recipe.switch_on("a", on);
    recipe.switch_on("b");
    before = world.plan(recipe.built);
    PlanStep& more = before.steps.emplace_back(before.steps.front());
    more.id = "gone";
    run = world.begin(before);
    world.journal.append(run, StepStarted{"a", "off", "on"});
    std::filesystem::create_directories(world.run_folder(run) / "a" / "work");
    Tree(world.run_folder(run) / "a" / "work").write("/job", "");
    Job left;
    left.command.argv = {"long"};
    world.programs.on_adopt(world.run_folder(run) / "a" / "work", left);
    world.programs.on_job("long", [this](const Job&, const JobWatcher&, std::stop_token) {
      *on = true;
      return FakePrograms::finished(0);
    });
    world.resume(run);
    from = world.journal.state(run).last_sequence;
  }
  RunOutcome go_on(const std::function<PlannedAgain(Reporter&)>& plan_again) {
    RunnerSetup setup = world.setup(run);
    setup.plan_again = [&](const Plan&, Reporter& reporter, std::stop_token) { return plan_again(reporter); };
    return Runner(setup).run(recipe.built, before, run, world.stop.get_token());
  }
  Story story() const { return world.story(run, from); }

  World world;
  ToyRecipe recipe;
  std::shared_ptr<bool> on = std::make_shared<bool>(false);
  Plan before;
  std::int64_t run = 0;
  std::int64_t from = 0;
};

const std::string k_followed = "a found: work went on while the daemon was away and ended: exit status 0";

}  // namespace

TEST_CASE("jobs are followed to their end first, then the plan is made again and followed") {
  Upgraded upgraded;
  CHECK(upgraded.go_on([&](Reporter&) {
    CHECK(*upgraded.on);
    return PlannedAgain{upgraded.world.plan(upgraded.recipe.built), {"no step gone"}, {}};
  }) == RunOutcome::done);
  CHECK(upgraded.story() ==
        Story{k_followed, "planned again: no step gone", "a changed", "b started", "b changed", "run done"});
  CHECK(upgraded.world.journal.state(upgraded.run).steps.size() == 2);
}

TEST_CASE("what planning again is at, and what keeps it, is told for the run as a whole") {
  Upgraded upgraded;
  const auto told = [&] {
    std::uint64_t number = 0;
    for (const Progress& progress : upgraded.world.journal.progress_since(upgraded.run, number))
      if (progress.step.empty()) return progress;
    return Progress{};
  };
  CHECK(upgraded.go_on([&](Reporter& reporter) {
    CHECK(told().label == "planning again");
    Progress looking;
    looking.label = "looking at step a";
    looking.at = "sh (sleep)";
    looking.at_seconds = 7;
    reporter.progress(looking);
    CHECK(told().label == "planning again: looking at step a");
    CHECK(told().at == "sh (sleep)");
    CHECK(told().at_seconds == 7);
    return PlannedAgain{upgraded.world.plan(upgraded.recipe.built), {}, {}};
  }) == RunOutcome::done);
  CHECK(told().label.empty());
  CHECK(told().at.empty());
}

TEST_CASE("what was not agreed to is waited for, and every word is named once") {
  Upgraded upgraded;
  CHECK(upgraded.go_on([&](Reporter&) {
    return PlannedAgain{
        upgraded.world.plan(upgraded.recipe.built),
        {},
        {{"remove", "would remove x"}, {"remove", "would remove y"}, {"replace", "would replace z"}}};
  }) == RunOutcome::waiting);
  CHECK(upgraded.story() == Story{k_followed, "run waiting"});
  const RunState state = upgraded.world.journal.state(upgraded.run);
  CHECK(state.consents.size() == 3);
  REQUIRE(state.faults.size() == 1);
  CHECK_THAT(state.faults[0].message, Contains("would remove x; would remove y; would replace z"));
  CHECK_THAT(state.faults[0].hint, Contains("rigsetup resume 1 --allow-remove --allow-replace"));
}

TEST_CASE("a plan that cannot be made again is the run's own fault, and it can be gone on with later") {
  Upgraded upgraded;
  CHECK(upgraded.go_on([](Reporter&) -> PlannedAgain {
    throw Error(Code::network, "cannot reach it", "try later");
  }) == RunOutcome::failed);
  const RunState state = upgraded.world.journal.state(upgraded.run);
  REQUIRE(state.faults.size() == 1);
  CHECK_THAT(state.faults[0].message, Contains("cannot plan run 1 again: cannot reach it"));
}

TEST_CASE("a daemon that goes while the plan is made again leaves the run unfinished") {
  Upgraded upgraded;
  CHECK(upgraded.go_on([&](Reporter&) -> PlannedAgain {
    upgraded.world.leave();
    throw Cancelled();
  }) == RunOutcome::running);
  CHECK(upgraded.world.journal.unfinished() == std::vector<std::int64_t>{upgraded.run});
}

TEST_CASE("a run with which nothing can be done has its jobs followed, and waits") {
  Upgraded upgraded;
  Runner runner(upgraded.world.setup(upgraded.run));
  CHECK(runner.wait({Code::unsupported, "cannot", "do"}, upgraded.run, {}) == RunOutcome::waiting);
  CHECK(upgraded.story() == Story{k_followed, "run waiting"});
  CHECK(upgraded.world.journal.state(upgraded.run).faults.size() == 1);
}

TEST_CASE("a run with which nothing can be done ends as cancelled when that was asked") {
  Upgraded upgraded;
  upgraded.world.cancel(upgraded.run);
  Runner runner(upgraded.world.setup(upgraded.run));
  CHECK(runner.wait({Code::unsupported, "cannot", "do"}, upgraded.run, upgraded.world.stop.get_token()) ==
        RunOutcome::cancelled);
  CHECK(upgraded.world.journal.state(upgraded.run).faults.size() == 1);
}

TEST_CASE("a step of the same name and another kind or title does not count as done") {
  const bool other_kind = GENERATE(true, false);
  World world;
  ToyRecipe recipe;
  int checked = 0;
  recipe.check("proof", [&](const Context&) {
    ++checked;
    return Checked{};
  });
  const Plan plan = world.plan(recipe.built);
  Plan before = plan;
  (other_kind ? before.steps[0].kind : before.steps[0].title) = "toy";
  const std::int64_t run = world.begin(before);
  world.journal.append(run, StepFinished{"proof", Outcome::changed, {}, {}, {}, 1});
  world.resume(run);
  RunnerSetup setup = world.setup(run);
  setup.plan_again = [&](const Plan&, Reporter&, std::stop_token) {
    return PlannedAgain{plan, {"another"}, {}};
  };
  CHECK(Runner(setup).run(recipe.built, before, run, {}) == RunOutcome::done);
  CHECK(checked == 1);
}
