// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/teller.hpp"

#include <algorithm>
#include <thread>

#include "run/step_reporter.hpp"
#include "tests/support/catch.hpp"
#include "world.hpp"

using namespace rigsetup;
using namespace rigsetup::test;

namespace {

/// What a reader that comes now is told of the run as a whole.
std::optional<Progress> sum(const Journal& journal, std::int64_t run) {
  std::uint64_t number = 0;
  for (const Progress& progress : journal.progress_since(run, number)) {
    if (progress.step.empty()) return progress;
  }
  return std::nullopt;
}

std::int64_t begin(World& world) {
  RunStarted run;
  run.steps = {{"a", "file", "file /a"}, {"b", "file", "file /b"}};
  return world.journal.begin({}, run);
}

}  // namespace

TEST_CASE("how far a run is, is told from its start to its end, and still after it") {
  World world;
  const auto run = begin(world);
  Teller teller(world.journal, run, Estimate({{{"a"}, "", 1, true}, {{"b"}, "", 3, true}}));
  REQUIRE(sum(world.journal, run));
  CHECK(sum(world.journal, run)->done == 0);
  CHECK(sum(world.journal, run)->left_seconds == 4);
  teller.append(StepStarted{"a", "", ""});
  teller.append(StepFinished{"a", Outcome::changed, "", {}, {}, 1});
  teller.append(StepFinished{"b", Outcome::changed, "", {}, {}, 1});
  teller.append(RunFinished{RunOutcome::done, {}});
  CHECK(sum(world.journal, run)->done == 100);
  CHECK(sum(world.journal, run)->unit == "percent");
}

TEST_CASE("a record says how far the run is with it, and no less than what was told before") {
  World world;
  const auto run = begin(world);
  Teller teller(world.journal, run, Estimate({{{"a"}, "downloading", 1, false}, {{"b"}, "", 3, false}}));
  const auto last_recorded = [&] { return world.journal.read(run, 0, 100).back().percent; };
  teller.append(StepStarted{"a", "", ""});
  CHECK(last_recorded() == 0);
  teller.progress({"a"}, {"", "downloading", 50, 100, "bytes", true});
  teller.append(CancelRequested{});
  CHECK(last_recorded() == 12);
  teller.append(StepFinished{"a", Outcome::changed, "", {}, {}, 1});
  CHECK(last_recorded() == 25);
  world.resume(run);  // recorded by somebody who does not know
  CHECK(last_recorded() == 25);
}

TEST_CASE("who is told of a run by the next daemon is told no less than what is recorded") {
  World world;
  const auto run = begin(world);
  {
    Teller teller(world.journal, run, Estimate({{{"a"}, "", 1, false}, {{"b"}, "", 3, false}}));
    teller.append(StepFinished{"a", Outcome::changed, "", {}, {}, 1});
  }
  const Journal later(world.folder / "journal.db");  // as a daemon that was killed leaves it
  CHECK_FALSE(sum(later, run));
  CHECK(later.read(run, 0, 100).back().percent == 25);
}

TEST_CASE("who knows nothing of how far a run is takes nothing of it back") {
  World world;
  const auto run = begin(world);
  {
    Teller teller(world.journal, run, Estimate({{{"a"}, "", 1, false}, {{"b"}, "", 3, false}}));
    teller.append(StepFinished{"a", Outcome::changed, "", {}, {}, 1});
  }
  const auto go_on = [run](Journal& journal) {
    CHECK(journal.append(run, RunResumed{"boot", "why"}).percent == 25);
    Teller teller(journal, run, Estimate({}));
    Progress planning;
    planning.label = "planning again";
    teller.about(planning);
    CHECK(sum(journal, run)->done == 25);
    CHECK(sum(journal, run)->label == "planning again");
    CHECK(journal.change_plan(run, "{}", {"digest", {}, {{"a", "file", "file /a"}}}).percent == 25);
    CHECK(journal.append(run, RunFinished{RunOutcome::waiting, {}}).percent == 25);
  };
  go_on(world.journal);
  Journal later(world.folder / "journal.db");  // as a daemon that was killed leaves it
  go_on(later);
}

TEST_CASE("no step is at work when the plan has changed") {
  World world;
  const auto run = begin(world);
  Teller teller(world.journal, run, Estimate({}));
  const auto slots = [&] {
    std::uint64_t number = 0;
    return world.journal.progress_since(run, number).size();
  };
  teller.progress({"a"}, {"", "a job goes on", 0, 0, "", true});
  CHECK(slots() == 2);  // the run's, and that of the step
  world.journal.change_plan(run, "{}", {"digest", {}, {}});
  CHECK(slots() == 1);
}

TEST_CASE("another cause is told at once, however lately the same activity was told") {
  World world;
  const auto run = begin(world);
  Teller teller(world.journal, run, Estimate({}));
  StepReporter reporter(teller, {"a"});
  Progress connecting{"", "connecting", 0, 0, "", true};
  reporter.progress(connecting);
  connecting.at = "trying again in 2 s: no route";
  reporter.progress(connecting);
  std::uint64_t number = 0;
  const std::vector<Progress> told = world.journal.progress_since(run, number);
  REQUIRE(told.size() == 2);
  CHECK(std::any_of(told.begin(), told.end(), [&](const Progress& now) { return now.at == connecting.at; }));
}

TEST_CASE("readers see the percentage only rise, however many workers tell at once") {
  World world;
  const auto run = begin(world);
  Teller teller(world.journal, run,
                Estimate({{{"a"}, "downloading", 50, true}, {{"b"}, "downloading", 50, true}}));
  std::vector<std::jthread> workers;
  for (const char* step : {"a", "b"}) {
    workers.emplace_back([&teller, step] {
      for (std::uint64_t i = 0; i <= 2000; ++i)
        teller.progress({step}, {"", "downloading", i, 2000, "bytes", true});
    });
  }
  std::uint64_t number = 0;
  std::uint64_t last = 0;
  for (std::uint64_t percent = 0; percent < 99;) {
    for (const Progress& progress : world.journal.progress_since(run, number)) {
      if (!progress.step.empty()) continue;
      CHECK(progress.done >= last);
      last = percent = progress.done;
    }
  }
}
