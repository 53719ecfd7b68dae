// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/error.hpp>
#include <rigsetup/plan/planner.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_downloads.hpp"
#include "tests/support/fake_programs.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/unit/plan/toy_recipe.hpp"

using namespace rigsetup;
using rigsetup::test::ToyRecipe;

namespace {

/// A root without packages and programs: planning that runs one, or asks the network, fails.
struct World {
  World() {
    tree.make_directories("/etc");
    tree.make_directories("/var/lib/dpkg");
    tree.write("/var/lib/dpkg/status", "");
  }

  Plan plan(
      const ToyRecipe& recipe, LastCheck last_check = [](const Step&) {
        return Standing{true, "passed before"};
      }) {
    return make_plan(recipe.built,
                     {host, downloads, archive, std::move(last_check), folder / "keys", reporter, {}});
  }

  test::TemporaryFolder folder;
  Tree tree{folder.path()};
  test::FakePrograms programs;
  test::FakeClock clock;
  test::FakeDownloads downloads;
  Host host{tree, programs, clock};
  apt::Archive archive{host, {}};
  SilentReporter reporter;
};

Applied never(const Context&) { throw Error(Code::internal, "cannot be: planning applied a step"); }
Checked never_checked(const Context&) { throw Error(Code::internal, "cannot be: planning ran a check"); }

auto finds(Inspection inspection) {
  return [inspection] { return inspection; };
}

}  // namespace

TEST_CASE("a plan says of each step what its inspection found, and applies nothing") {
  World world;
  ToyRecipe recipe;
  recipe.primitive("a", finds(AsWanted{"there"}), never);
  recipe.primitive("b", finds(Differs{"old", "new"}), never);
  recipe.primitive("c", finds(Pending{"after b"}), never);
  recipe.primitive("d", finds(Unknown{"not to be seen"}), never);
  const Plan plan = world.plan(recipe);
  REQUIRE(plan.steps.size() == 4);
  CHECK(plan.root == world.folder.path());
  CHECK(plan.steps[0].verdict == Verdict::as_wanted);
  CHECK(plan.steps[0].have == "there");
  CHECK(plan.steps[1].verdict == Verdict::change);
  CHECK(plan.steps[1].have == "old");
  CHECK(plan.steps[1].want == "new");
  CHECK(plan.steps[2].verdict == Verdict::pending);
  CHECK(plan.steps[2].reason == "after b");
  CHECK(plan.steps[3].verdict == Verdict::pending);
  CHECK(plan.steps[2].needs == std::vector<std::string>{"a", "b"});
  CHECK(plan.transactions.empty());
  CHECK(plan.free_bytes > 0);
  CHECK_FALSE(plan.empty());
}

TEST_CASE("when all is as wanted and proved, the plan is empty") {
  World world;
  ToyRecipe recipe;
  recipe.primitive("a", finds(AsWanted{"there"}), never);
  recipe.check("b", never_checked);
  CHECK(world.plan(recipe).empty());
}

TEST_CASE("a plan asks for what its steps need a word for, and tells what composites have to say") {
  World world;
  ToyRecipe recipe;
  const auto needs_word = [&](Inspection found) {
    auto toy = std::make_unique<rigsetup::test::Toy>(finds(found), never);
    toy->needed = {{"replace", "would remove what others brought"}};
    recipe.built.steps.back().resource = std::move(toy);
  };
  recipe.primitive("there", finds(AsWanted{"there"}), never);
  needs_word(AsWanted{"there"});
  CHECK(world.plan(recipe).consents.empty());
  recipe.primitive("other", finds(Differs{"old", "new"}), never);
  needs_word(Differs{"old", "new"});
  recipe.built.notes = {"somebody has to be there"};
  const Plan plan = world.plan(recipe);
  REQUIRE(plan.consents.size() == 1);
  CHECK(plan.consents[0] == Consent{"replace", "would remove what others brought"});
  CHECK(plan.notes == std::vector<std::string>{"somebody has to be there"});
  recipe.built.recipe.policy.allow = {"replace"};
  CHECK(world.plan(recipe).consents.empty());
}

TEST_CASE("a check is planned when its result does not stand or something it needs will change") {
  World world;
  ToyRecipe recipe;
  recipe.primitive("same", finds(AsWanted{"there"}), never);
  recipe.primitive("other", finds(Differs{"old", "new"}), never);
  recipe.primitive("between", finds(AsWanted{"there"}), never, {{"other"}});
  recipe.check("of-same", never_checked, {{"same"}});
  recipe.check("of-between", never_checked, {{"between"}});
  SECTION("results stand") {
    const Plan plan = world.plan(recipe);
    CHECK(plan.find("of-same")->verdict == Verdict::as_wanted);
    CHECK(plan.find("of-same")->reason == "passed before");
    CHECK(plan.find("of-between")->verdict == Verdict::check);
    CHECK(plan.find("of-between")->reason == "after other");
  }
  SECTION("never run") {
    const Plan plan = world.plan(recipe, [](const Step&) { return Standing{false, "never run here"}; });
    CHECK(plan.find("of-same")->verdict == Verdict::check);
    CHECK(plan.find("of-same")->reason == "never run here");
    CHECK(plan.find("of-between")->reason == "after other");
  }
}

TEST_CASE("a step whose `when` does not hold is not looked at") {
  World world;
  world.tree.write("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
  ToyRecipe recipe;
  const auto explodes = []() -> Inspection { throw Error(Code::internal, "cannot be: it was looked at"); };
  recipe.primitive("a", explodes, never).when.platform = {"ubuntu-22.04"};
  recipe.primitive("b", finds(AsWanted{"there"}), never).when.platform = {"debian-12"};
  const Plan plan = world.plan(recipe);
  CHECK(plan.steps[0].verdict == Verdict::skip);
  CHECK(plan.steps[0].reason == "only for ubuntu-22.04, this is debian-12");
  CHECK(plan.steps[1].verdict == Verdict::as_wanted);
  CHECK(plan.empty());
}

TEST_CASE("with one step wished for, it and what it needs are planned, and nothing else is looked at") {
  World world;
  ToyRecipe recipe;
  const auto explodes = []() -> Inspection { throw Error(Code::internal, "cannot be: it was looked at"); };
  recipe.primitive("a", finds(Differs{"old", "new"}), never, {{}});
  recipe.primitive("b", explodes, never, {{}});
  recipe.primitive("c", finds(Differs{"old", "new"}), never, {{"a"}});
  recipe.check("d", never_checked, {{"c"}});
  const auto planned = [&](const std::string& only) {
    PlanContext context{world.host,
                        world.downloads,
                        world.archive,
                        [](const Step&) { return Standing{}; },
                        {},
                        world.reporter,
                        {}};
    context.wish.only = only;
    return make_plan(recipe.built, context);
  };
  const Plan plan = planned("c");
  CHECK(plan.find("a")->verdict == Verdict::change);
  CHECK(plan.find("b")->verdict == Verdict::skip);
  CHECK(plan.find("b")->reason == "only c was asked for");
  CHECK(plan.find("c")->verdict == Verdict::change);
  CHECK(plan.find("d")->verdict == Verdict::skip);
  CHECK_THROWS_AS(planned("e"), Error);
}

TEST_CASE("an error of looking ends planning and names the step") {
  World world;
  ToyRecipe recipe;
  recipe.primitive(
      "a", []() -> Inspection { throw Error(Code::io, "cannot read /etc/x: too large", "shrink it"); },
      never);
  try {
    world.plan(recipe);
    FAIL("a plan was made");
  } catch (const Error& error) {
    CHECK(error.code() == Code::io);
    CHECK(error.message() == "cannot look at step a: cannot read /etc/x: too large");
    CHECK(error.hint() == "shrink it");
  }
}

TEST_CASE("a request to stop ends planning") {
  World world;
  ToyRecipe recipe;
  recipe.primitive("a", finds(AsWanted{"there"}), never);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(make_plan(recipe.built, {world.host,
                                           world.downloads,
                                           world.archive,
                                           {},
                                           world.folder / "keys",
                                           world.reporter,
                                           stop.get_token()}),
                  Cancelled);
}

TEST_CASE("an interrupted dpkg is the plan's repair, and checks follow it") {
  World world;
  world.tree.make_directories("/var/lib/dpkg");
  world.tree.write(
      "/var/lib/dpkg/status",
      "Package: nginx\nStatus: install ok half-configured\nArchitecture: amd64\nVersion: 1.22\n");
  ToyRecipe recipe;
  recipe.check("a", never_checked);
  const Plan plan = world.plan(recipe);
  CHECK(plan.repair.needed());
  CHECK(plan.steps[0].verdict == Verdict::check);
  CHECK_FALSE(plan.empty());
}

TEST_CASE("looking only: one inspection a step, without programs where only files may be read") {
  World world;
  ToyRecipe recipe;
  recipe.primitive("a", finds(AsWanted{"there"}), never);
  recipe.primitive(
      "b", []() -> Inspection { throw Error(Code::io, "cannot read /etc/x"); }, never);
  recipe.check("c", never_checked);
  Kind programs_kind = *recipe.built.steps[0].kind;
  programs_kind.reads_only = false;
  recipe.built.steps[0].kind = &programs_kind;
  const auto all = inspect_steps(recipe.built, world.host, false, {});
  REQUIRE(all.size() == 3);
  CHECK(std::get<AsWanted>(all[0]).have == "there");
  CHECK(std::get<Unknown>(all[1]).why == "cannot read /etc/x");
  CHECK(std::holds_alternative<Unknown>(all[2]));
  const auto files_only = inspect_steps(recipe.built, world.host, true, {});
  CHECK(std::holds_alternative<Unknown>(files_only[0]));
}

TEST_CASE("a check's key is its kind and its fields") {
  Step step;
  step.kind = "nvidia_gpu";
  const std::string key = check_key(step);
  CHECK(key.find("nvidia_gpu:") == 0);
  step.id = "renamed";
  CHECK(check_key(step) == key);
  step.kind = "nvcc_compiles";
  CHECK(check_key(step) != key);
}
