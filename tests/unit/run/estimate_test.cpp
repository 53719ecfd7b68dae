// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/estimate.hpp"

#include <random>

#include "run/pace.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;

namespace {

using Parts = std::vector<Estimate::Part>;

Estimate::Time at(double seconds) {
  return Estimate::Time(std::chrono::hours(1)) +
         std::chrono::duration_cast<Estimate::Time::duration>(std::chrono::duration<double>(seconds));
}

Progress loaded(std::uint64_t done) { return {"cuda", "downloading", done, 1000, "bytes", true}; }
Progress unpacked(std::uint64_t done) { return {"cuda", "unpacking it", done, 100, "percent", false}; }
Event started(const std::string& step) { return StepStarted{step, "", ""}; }
Event ended(const std::string& step, Outcome outcome = Outcome::changed) {
  return StepFinished{step, outcome, "", {}, {}, 0};
}
Event phase_ended(const std::string& phase) { return PhaseEnded{"cuda", phase, 0, 0, ""}; }

/// 30 s to download and 60 s to install for two steps, 10 s for a third.
Parts parts(bool measured) {
  return {{{"cuda", "cudnn"}, "downloading", 30, measured},
          {{"cuda", "cudnn"}, "installing", 60, measured},
          {{"venv"}, "", 10, measured}};
}

}  // namespace

TEST_CASE("the percentage is the sum of what is done, by weight") {
  Estimate estimate(parts(true));
  CHECK(estimate.percent() == 0);
  estimate.take(started("cuda"), at(0));
  estimate.take(loaded(500), at(15));
  CHECK(estimate.percent() == 15);
  estimate.take(phase_ended("downloading"), at(30));
  CHECK(estimate.percent() == 30);
  estimate.take(unpacked(50), at(60));
  CHECK(estimate.percent() == 60);
  estimate.take(ended("cuda"), at(90));
  estimate.take(ended("cudnn"), at(90));
  CHECK(estimate.percent() == 90);
  estimate.take(started("venv"), at(90));
  estimate.take(ended("venv"), at(99));
  CHECK(estimate.percent() == 99);  // until the run itself has ended
  estimate.take(RunFinished{RunOutcome::done, {}}, at(100));
  CHECK(estimate.percent() == 100);
}

TEST_CASE("what failed, or was not tried, is not done: a run that failed stays where it came to") {
  Estimate estimate(parts(true));
  estimate.take(started("cuda"), at(0));
  estimate.take(loaded(500), at(15));
  estimate.take(ended("cuda", Outcome::failed), at(15));
  estimate.take(ended("venv", Outcome::not_tried), at(15));
  CHECK(estimate.left(at(15)).value_or(std::chrono::seconds(0)).count() == 0);
  estimate.take(RunFinished{RunOutcome::failed, {}}, at(15));
  CHECK(estimate.percent() == 15);
}

TEST_CASE("what follows a phase ends it, also when its end was not told") {
  Estimate estimate(parts(true));
  estimate.take(unpacked(10), at(0));  // an earlier daemon had downloaded
  CHECK(estimate.percent() == 36);
}

TEST_CASE("measured work that counts nothing goes on by time, and slower when it is late") {
  Estimate estimate({{{"venv"}, "", 100, true}});
  estimate.take(started("venv"), at(0));
  const Progress running{"venv", "looking for torch", 0, 0, "", true};
  int last = -1;
  for (const auto& [second, percent] : std::vector<std::pair<int, int>>{
           {0, 0}, {10, 10}, {50, 50}, {90, 90}, {100, 91}, {200, 95}, {900, 99}, {100000, 99}}) {
    CAPTURE(second);
    estimate.take(running, at(second));
    CHECK(estimate.percent() == percent);
    CHECK(estimate.percent() >= last);
    last = estimate.percent();
  }
}

TEST_CASE("work that was never seen goes on only by what it counts, however often it counts") {
  Estimate estimate({{{"venv"}, "", 100, false}});
  estimate.take(started("venv"), at(0));
  const auto report = [&](std::uint64_t done, std::uint64_t total) {
    estimate.take(Progress{"venv", "downloading", done, total, "bytes", true}, at(1000));
    return estimate.percent();
  };
  CHECK(report(0, 10) == 0);
  CHECK(report(10, 10) == 50);
  CHECK(report(0, 20) == 50);
  CHECK(report(20, 20) == 75);
  CHECK(report(10, 20) == 81);
}

TEST_CASE("the time left is that of earlier runs until this run's own pace is known") {
  Estimate estimate(parts(true));
  CHECK(estimate.left(at(0)) == std::chrono::seconds(100));
  estimate.take(started("cuda"), at(0));
  estimate.take(loaded(500), at(15));
  CHECK(estimate.left(at(15)) == std::chrono::seconds(85));
  // Half as fast as before: what is left of the download takes twice as long too.
  Estimate slow(parts(true));
  slow.take(started("cuda"), at(0));
  slow.take(loaded(500), at(30));
  CHECK(slow.left(at(30)) == std::chrono::seconds(100));
}

TEST_CASE("no time is told while it would be a guess") {
  Estimate estimate(parts(false));
  CHECK_FALSE(estimate.left(at(0)));
  estimate.take(started("cuda"), at(0));
  estimate.take(loaded(1), at(1));
  CHECK_FALSE(estimate.left(at(1)));
  estimate.take(loaded(500), at(15));
  CHECK(estimate.left(at(15)) == std::chrono::seconds(85));

  Estimate unknown({{{"cuda"}, "downloading", 10, false}, {{"venv"}, "", 100, false}});
  unknown.take(started("cuda"), at(0));
  unknown.take(loaded(500), at(5));
  CHECK_FALSE(unknown.left(at(5)));  // most of it is a step of which nothing is known
}

TEST_CASE("a run that goes on begins where it was, and what is left takes it from there to the end") {
  struct Case {
    const char* title;
    int recorded;  // what the journal says of the last record before; 0: it is an older one
    Event goes_on;
    int begins;
    int half;  // with half of what is left
  };
  // The download (30 of 100) had ended well; 60 and 10 are left.
  const std::vector<Case> cases{
      {"the records of an older daemon add up", 0, RunResumed{"boot", "why"}, 30, 65},
      {"as recorded", 30, RunResumed{"boot", "why"}, 30, 65},
      {"more was told than its events add up to", 58, RunResumed{"boot", "why"}, 58, 79},
      {"less was told: the plan was another", 12, RunResumed{"boot", "why"}, 12, 56},
      {"all but ended", 100, RunResumed{"boot", "why"}, 99, 99}};
  for (const Case& one : cases) {
    INFO(one.title);
    Estimate estimate(parts(true));
    estimate.take(started("cuda"), at(0));
    estimate.take(phase_ended("downloading"), at(0), one.recorded);
    estimate.take(started("venv"), at(0));
    estimate.take(ended("venv", Outcome::failed), at(0));
    estimate.take(one.goes_on, at(0));
    CHECK(estimate.percent() == one.begins);
    CHECK(estimate.left(at(0)) == std::chrono::seconds(70));
    estimate.take(started("cuda"), at(0));
    estimate.take(unpacked(58), at(0));  // 34.8 of 70
    CHECK(estimate.percent() >= one.begins);
    estimate.take(unpacked(59), at(0));  // 35.4 of 70
    CHECK(estimate.percent() == one.half);
    estimate.take(ended("cuda"), at(0));
    estimate.take(ended("cudnn"), at(0));
    estimate.take(ended("venv"), at(0));
    CHECK(estimate.percent() == 99);
    estimate.take(RunFinished{RunOutcome::done, {}}, at(0));
    CHECK(estimate.percent() == 100);
  }
}

TEST_CASE("another plan has all of its work before it, but for what was proved") {
  for (const bool resumed_before : {false, true}) {
    CAPTURE(resumed_before);
    Parts of_the_new = parts(true);
    of_the_new.push_back({{"proof"}, "", 50, true, true});
    Estimate estimate(of_the_new);
    estimate.take(started("cuda"), at(0));
    estimate.take(phase_ended("downloading"), at(0));  // the version that the plan before named
    estimate.take(ended("proof", Outcome::passed), at(0), 44);
    if (resumed_before) estimate.take(RunResumed{"boot", "why"}, at(0));
    estimate.take(PlanChanged{"digest", {}}, at(0));
    CHECK(estimate.percent() == 44);
    CHECK(estimate.left(at(0)) == std::chrono::seconds(100));
    estimate.take(phase_ended("downloading"), at(0));  // 30 of 100
    CHECK(estimate.percent() == 60);
    estimate.take(RunResumed{"boot", "why"}, at(0));
    CHECK(estimate.left(at(0)) == std::chrono::seconds(70));
  }
}

TEST_CASE("a run that is gone on with again and again never goes back") {
  Estimate estimate(parts(true));
  int last = 0;
  for (int times = 0; times < 20; ++times) {
    estimate.take(RunResumed{"boot", "why"}, at(times));
    estimate.take(started("cuda"), at(times));
    estimate.take(loaded(300), at(times));
    CHECK(estimate.percent() > last);  // nor does it stand
    last = estimate.percent();
  }
  CHECK(last < 99);
}

TEST_CASE("measured work that an earlier daemon began goes on by time") {
  Estimate estimate({{{"venv"}, "", 100, true}});
  estimate.take(RunResumed{"boot", "why"}, at(0));
  const Progress running{"venv", "install goes on from before the daemon was restarted", 0, 0, "", true};
  estimate.take(running, at(0));
  estimate.take(running, at(40));
  CHECK(estimate.percent() == 40);
}

TEST_CASE("the percentage never goes back and is never a hundred too early, whatever is told") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto pick = [&](unsigned below) { return random() % below; };
    Estimate estimate(parts(seed % 2 == 0));
    const std::vector<std::string> steps{"cuda", "cudnn", "venv", "unheard-of", ""};
    double now = 0;
    int last = 0;
    for (int i = 0; i < 200; ++i) {
      now += pick(100) / 10.0 - 1;  // also clocks that stand still or go back
      const std::string& step = steps[pick(5)];
      switch (pick(6)) {
        case 0:
          estimate.take(started(step), at(now));
          break;
        case 1:
          if (pick(20) == 0)
            estimate.take(ended(step, pick(2) == 0 ? Outcome::changed : Outcome::failed), at(now));
          break;
        case 2:
          if (pick(10) == 0)
            estimate.take(PhaseEnded{step, pick(2) == 0 ? "downloading" : "installing", 1, 1, ""}, at(now));
          break;
        default: {
          const char* unit = pick(2) == 0 ? "bytes" : "percent";
          estimate.take(
              Progress{step, pick(2) == 0 ? "downloading" : "unpacking", pick(3000), pick(1000), unit, true},
              at(now));
        }
      }
      CHECK(estimate.percent() >= last);
      CHECK(estimate.percent() < 100);
      if (const auto left = estimate.left(at(now))) CHECK(left->count() >= 0);
      last = estimate.percent();
    }
  }
}

namespace {

std::vector<Record> earlier_run(std::vector<Event> events) {
  RunStarted run;
  run.steps = {{"cuda", "apt_packages", "packages cuda"}, {"venv", "virtualenv", "virtualenv /opt/venv"}};
  events.insert(events.begin(), run);
  std::vector<Record> records;
  for (Event& event : events)
    records.push_back({7, static_cast<std::int64_t>(records.size()) + 1, {}, std::move(event)});
  return records;
}

}  // namespace

TEST_CASE("earlier runs tell what a step takes, the newest first") {
  Pace pace;
  pace.learn(earlier_run({StepFinished{"venv", Outcome::changed, "", {}, {}, 40'000},
                          PhaseEnded{"cuda", "downloading", 10'000, 1'000, "bytes"}}));
  pace.learn(earlier_run({StepFinished{"venv", Outcome::changed, "", {}, {}, 90'000},
                          PhaseEnded{"cuda", "downloading", 90'000, 1'000, "bytes"}}));
  CHECK(pace.seconds("virtualenv", "virtualenv /opt/venv", "", 0) == 40.0);
  CHECK_FALSE(pace.seconds("virtualenv", "virtualenv /opt/other", "", 0));
  CHECK(pace.seconds("apt_packages", "packages cuda", "downloading", 500) == 5.0);
  // Other packages come as fast as those did, all in all.
  CHECK(pace.seconds("apt_packages", "packages gcc", "downloading", 100) == 5.0);
  CHECK_FALSE(pace.seconds("apt_packages", "packages gcc", "installing", 100));
}

TEST_CASE("work that failed, had nothing to do or was cut in two tells no time") {
  Pace pace;
  pace.learn(earlier_run({StepFinished{"venv", Outcome::failed, "", {}, {}, 1}}));
  pace.learn(earlier_run({StepFinished{"venv", Outcome::as_wanted, "", {}, {}, 1}}));
  pace.learn(earlier_run({RunResumed{"b", "w"}, StepFinished{"venv", Outcome::changed, "", {}, {}, 1}}));
  CHECK_FALSE(pace.seconds("virtualenv", "virtualenv /opt/venv", "", 0));
}
