// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <barrier>
#include <new>

#include "tests/support/catch.hpp"
#include "tests/unit/plan/toy_recipe.hpp"
#include "tests/unit/run/world.hpp"

using namespace rigsetup;
using rigsetup::test::Needs;
using rigsetup::test::ToyRecipe;
using rigsetup::test::World;
using Story = std::vector<std::string>;

namespace {

const Needs k_nothing = std::vector<std::string>{};

Inspection differs() { return Differs{"off", "on"}; }
Applied done(const Context&) { return Done{}; }
Applied fails(const Context&) {
  throw Error(Code::program, "cannot run it: exit status 2", "look into its log");
}

BuiltRecipe read(const std::string& text) {
  Complaints complaints;
  BuiltRecipe recipe = read_recipe({"test.yaml", text, {}}, {}, complaints);
  for (const Complaint& complaint : complaints) UNSCOPED_INFO(complaint.text());
  REQUIRE(complaints.empty());
  return recipe;
}

}  // namespace

TEST_CASE("steps are looked at, applied, looked at again, and a second run has nothing to do") {
  World world;
  const BuiltRecipe recipe = read(R"(
rigsetup: 1
name: two-files
steps:
  - id: a
    file: {path: /etc/a, content: "one\n"}
  - id: b
    file: {path: /etc/b, content: "two\n"}
)");
  CHECK(world.run(recipe) == RunOutcome::done);
  CHECK(world.story(world.last) == Story{"a started", "a changed", "b started", "b changed", "run done"});
  CHECK(world.tree.read("/etc/b") == "two\n");
  CHECK(world.plan(recipe).empty());

  REQUIRE(world.journal.state(world.last).find("b")->made.size() == 1);
  REQUIRE(world.journal.owned(world.root.string()).size() == 2);

  world.tree.write("/etc/b", "drifted\n");
  CHECK(world.run(recipe) == RunOutcome::done);
  const RunState state = world.journal.state(world.last);
  CHECK(state.find("b")->made.empty());  // it was rigsetup's own before
  CHECK(state.find("a")->outcome == Outcome::as_wanted);
  CHECK_FALSE(state.find("a")->started);
  CHECK(state.find("b")->outcome == Outcome::changed);
  CHECK(world.tree.read("/etc/b") == "two\n");
}

TEST_CASE("what does not depend on a failed step goes on, the rest is not tried and says why") {
  World world;
  ToyRecipe recipe;
  recipe.primitive("a", differs, fails);
  recipe.switch_on("b");
  recipe.switch_on("c", Needs({"b"}));
  recipe.switch_on("d", k_nothing);
  CHECK(world.run(recipe.built) == RunOutcome::failed);
  const RunState state = world.journal.state(world.last);
  CHECK(state.find("a")->outcome == Outcome::failed);
  REQUIRE(state.find("a")->faults.size() == 1);
  CHECK(state.find("a")->faults[0].code == Code::program);
  CHECK(state.find("a")->faults[0].hint == "look into its log");
  CHECK(state.find("b")->outcome == Outcome::not_tried);
  CHECK(state.find("c")->reason == "needs a, which failed");
  CHECK(state.find("d")->outcome == Outcome::changed);
}

TEST_CASE("what the second inspection still finds is the error") {
  World world;
  ToyRecipe recipe;
  recipe.primitive("a", differs, done, k_nothing);
  recipe.primitive(
      "b", [] { return Pending{"c is not there"}; }, done, k_nothing);
  CHECK(world.run(recipe.built) == RunOutcome::failed);
  const RunState state = world.journal.state(world.last);
  CHECK(state.find("a")->faults.at(0).message == "cannot make a as wanted: have off, want on");
  CHECK(state.find("a")->faults.at(0).code == Code::program);
  CHECK(state.find("b")->faults.at(0).message == "cannot make b as wanted: c is not there");
}

TEST_CASE("a step that asks for it is tried again later, and not for ever") {
  World world;
  ToyRecipe recipe;
  int calls = 0;
  int needed = 0;
  recipe.primitive(
      "a", [&] { return calls > needed ? Inspection(AsWanted{"on"}) : differs(); },
      [&](const Context&) -> Applied {
        if (++calls <= needed) return RetryLater{std::chrono::minutes(1), "the mirror is busy"};
        return Done{};
      });
  const auto before = world.clock.now();
  SECTION("it succeeds at the third try") {
    needed = 2;
    CHECK(world.run(recipe.built) == RunOutcome::done);
    CHECK(world.story(world.last) == Story{"a started", "a again: the mirror is busy",
                                           "a again: the mirror is busy", "a changed", "run done"});
    CHECK(world.clock.now() - before == std::chrono::minutes(2));
  }
  SECTION("it never does") {
    needed = 100;
    CHECK(world.run(recipe.built) == RunOutcome::failed);
    CHECK(calls == 5);
    CHECK(world.journal.state(world.last).find("a")->faults.at(0).message ==
          "cannot make a as wanted in 5 tries: the mirror is busy");
  }
}

TEST_CASE("a reboot holds back what needs the step, and nothing else") {
  World world;
  ToyRecipe recipe;
  bool booted = false;
  recipe.primitive(
      "driver", [&] { return booted ? Inspection(AsWanted{"loaded"}) : differs(); },
      [](const Context&) { return RebootRequired{"the old module is loaded"}; });
  recipe.switch_on("env", k_nothing);
  recipe.switch_on("cuda", Needs({"driver"}));
  const Plan plan = world.plan(recipe.built);
  const std::int64_t run = world.begin(plan);
  CHECK(world.run(recipe.built, plan, run) == RunOutcome::reboot_required);
  const RunState state = world.journal.state(run);
  CHECK(state.find("driver")->outcome == Outcome::changed);
  CHECK(state.find("env")->outcome == Outcome::changed);
  CHECK(state.find("cuda")->reason == "needs driver, after which the machine must be rebooted");
  REQUIRE(state.reboots.size() == 1);
  CHECK(state.reboots[0].why == "the old module is loaded");

  booted = true;
  world.resume(run);
  CHECK(world.run(recipe.built, plan, run) == RunOutcome::done);
  CHECK(world.journal.state(run).find("cuda")->outcome == Outcome::changed);
}

TEST_CASE("a fault of ours fails the step and not the daemon") {
  World world;
  ToyRecipe recipe;
  recipe.primitive("a", differs, [](const Context&) -> Applied { throw std::bad_alloc(); });
  CHECK(world.run(recipe.built) == RunOutcome::failed);
  CHECK(world.journal.state(world.last).find("a")->faults.at(0).code == Code::internal);
}

TEST_CASE("a step whose `when` does not hold is skipped with its reason, and what needs it goes on") {
  World world;
  ToyRecipe recipe;
  recipe.switch_on("a").when.platform = {"ubuntu-22.04"};
  recipe.switch_on("b");
  CHECK(world.run(recipe.built) == RunOutcome::done);
  CHECK(world.story(world.last) ==
        Story{"a skipped: only for ubuntu-22.04, this is debian-12", "b started", "b changed", "run done"});
}

TEST_CASE("steps that do not need each other run at the same time") {
  World world;
  ToyRecipe recipe;
  std::barrier both(2);  // a run that takes one after the other never ends
  for (const char* id : {"a", "b"}) {
    auto on = std::make_shared<bool>(false);
    recipe.primitive(
        id, [on] { return *on ? Inspection(AsWanted{"on"}) : differs(); },
        [on, &both](const Context&) {
          both.arrive_and_wait();
          *on = true;
          return Done{};
        },
        k_nothing);
  }
  CHECK(world.run(recipe.built) == RunOutcome::done);
}

TEST_CASE("a check is recorded with its proof, and stored beyond the run") {
  World world;
  ToyRecipe recipe;
  Checked result;
  result.evidence = {{"nvidia-smi -L", "GPU 0: fine"}};
  Outcome outcome = Outcome::passed;
  RunOutcome run_outcome = RunOutcome::done;
  SECTION("passed") {}
  SECTION("failed") {
    result.result = Failed{"there is no device", "seat the card"};
    outcome = Outcome::failed;
    run_outcome = RunOutcome::failed;
  }
  SECTION("skipped") {
    result.result = Skipped{"no compiler here"};
    outcome = Outcome::skipped;
  }
  SECTION("deferred") {
    result.result = Deferred{"at the first boot"};
    outcome = Outcome::deferred;
  }
  recipe.check("gpu", [&](const Context&) { return result; });
  CHECK(world.run(recipe.built) == run_outcome);
  const RunState state = world.journal.state(world.last);
  CHECK(state.find("gpu")->outcome == outcome);
  REQUIRE(state.find("gpu")->evidence.size() == 1);
  CHECK(state.find("gpu")->evidence[0].seen == "GPU 0: fine");
  const auto stored = world.journal.check_result(world.root, check_key(recipe.built.recipe.steps[0]));
  REQUIRE(stored);
  CHECK(stored->outcome == outcome);
  CHECK(stored->time == world.clock.now());
  CHECK(stored->evidence.size() == 1);
}

TEST_CASE("what a step tells goes into the journal under its name") {
  World world;
  ToyRecipe recipe;
  auto on = std::make_shared<bool>(false);
  std::filesystem::path work;
  recipe.primitive(
      "a", [on] { return *on ? Inspection(AsWanted{"on"}) : differs(); },
      [&](const Context& context) {
        context.reporter.finding("kept the admin's file", "compare the two");
        context.reporter.phase_ended("unpacking", std::chrono::milliseconds(7), 3, "packages");
        work = context.work;
        *on = true;
        return Done{};
      });
  CHECK(world.run(recipe.built) == RunOutcome::done);
  CHECK(world.story(world.last) ==
        Story{"a started", "a found: kept the admin's file", "a phase unpacking", "a changed", "run done"});
  CHECK(work == world.run_folder(world.last) / "a");
  CHECK(std::filesystem::is_directory(work));
}

TEST_CASE("when the journal cannot be written, the error leaves the run and nothing more starts") {
  World world;
  ToyRecipe recipe;
  bool applied = false;
  int looks = 0;
  recipe.primitive("a", differs, [&](const Context&) {
    applied = true;
    return Done{};
  });
  recipe.primitive(
      "b",
      [&] {
        ++looks;
        return differs();
      },
      done);
  const Plan plan = world.plan(recipe.built);
  const std::int64_t no_such_run = 77;  // the journal refuses every record of it
  CHECK_THROWS_AS(world.run(recipe.built, plan, no_such_run), Error);
  CHECK_FALSE(applied);
  CHECK(looks == 1);  // while it was planned
}

TEST_CASE("a plan of another recipe is refused") {
  World world;
  ToyRecipe recipe;
  recipe.switch_on("a");
  ToyRecipe other;
  other.switch_on("b");
  const Plan plan = world.plan(other.built);
  CHECK_THROWS_AS(world.run(recipe.built, plan, world.begin(plan)), Error);
}
