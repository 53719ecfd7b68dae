// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/data/json.hpp>
#include <rigsetup/event/run_state.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;

namespace {

/// Applies events as a journal would number them, a second apart.
class Story {
 public:
  explicit Story(std::vector<RunStarted::StepLine> steps) {
    then(RunStarted{"demo", "aa", "bb", "/", {0, "root", 9}, std::move(steps)});
  }
  Story& then(Event event) {
    ++number_;
    apply(state, Record{4, number_, time(number_), std::move(event)});
    return *this;
  }
  static std::chrono::system_clock::time_point time(std::int64_t number) {
    return std::chrono::system_clock::time_point(std::chrono::seconds(number));
  }
  const StepState& step(const char* id) const {
    REQUIRE(state.find(id));
    return *state.find(id);
  }
  RunState state;

 private:
  std::int64_t number_ = 0;
};

const std::vector<RunStarted::StepLine> k_three = {
    {"a", "file", "a file"}, {"b", "service", "a service"}, {"c", "nvidia_gpu", "a check"}};

StepFinished finished(std::string step, Outcome outcome) { return {std::move(step), outcome, "", {}, {}, 5}; }
StepFinished failed(std::string step) {
  return {std::move(step), Outcome::failed, "", {{"ls", "no"}}, {{Code::program, "cannot", "do"}}, 5};
}

}  // namespace

TEST_CASE("a run that has begun has all its steps and no outcome") {
  const Story story(k_three);
  CHECK(story.state.run == 4);
  CHECK(story.state.header.recipe == "demo");
  CHECK(story.state.started == Story::time(1));
  CHECK_FALSE(story.state.ended_already());
  REQUIRE(story.state.steps.size() == 3);
  CHECK(story.step("b").line.kind == "service");
  CHECK_FALSE(story.step("b").started);
  CHECK_FALSE(story.step("b").outcome.has_value());
  CHECK(story.state.find("nobody") == nullptr);
}

TEST_CASE("steps start, find, retry and end") {
  Story story(k_three);
  story.then(StepStarted{"a", "old", "new"}).then(RetryScheduled{"a", 100, "the mirror is down"});
  CHECK(story.step("a").started);
  CHECK(story.step("a").have == "old");
  CHECK(story.step("a").retry == "the mirror is down");
  story.then(Finding{"a", "kept", "look"})
      .then(Finding{"", "slow disk", ""})
      .then(Finding{"nobody", "odd", ""});
  story.then(StepFinished{"a", Outcome::changed, "", {{"cat a", "new"}}, {}, 70});
  CHECK(story.step("a").outcome == Outcome::changed);
  CHECK(story.step("a").retry.empty());
  CHECK(story.step("a").milliseconds == 70);
  CHECK(story.step("a").evidence.at(0).seen == "new");
  CHECK(story.step("a").findings.size() == 1);
  CHECK(story.state.findings.size() == 2);
  story.then(finished("b", Outcome::as_wanted)).then(finished("c", Outcome::as_wanted));
  story.then(RunFinished{RunOutcome::done, {}});
  CHECK(story.state.outcome == RunOutcome::done);
  CHECK(story.state.ended == Story::time(10));
  CHECK(story.state.counts() == std::map<Outcome, int>{{Outcome::changed, 1}, {Outcome::as_wanted, 2}});
}

TEST_CASE("a record that was applied before changes nothing") {
  Story story(k_three);
  story.then(Finding{"a", "kept", ""});
  apply(story.state, Record{4, 2, Story::time(2), Finding{"a", "kept", ""}});
  apply(story.state, Record{4, 1, Story::time(1), RunStarted{"other", "", "", "/", {}, k_three}});
  CHECK(story.step("a").findings.size() == 1);
  CHECK(story.state.steps.size() == 3);
  CHECK(story.state.header.recipe == "demo");
}

TEST_CASE("resuming opens an ended run again and keeps what went well") {
  Story story(k_three);
  story.then(StepStarted{"a", "old", "new"}).then(finished("a", Outcome::changed));
  story.then(StepStarted{"b", "", "on"}).then(failed("b")).then(finished("c", Outcome::not_tried));
  story.then(CancelRequested{{0, "root", 1}}).then(RebootNeeded{"a", "a new kernel"});
  story.then(RunFinished{RunOutcome::failed, {{Code::io, "cannot write", ""}}});
  REQUIRE(story.state.ended_already());
  REQUIRE(story.state.cancel_requested);
  REQUIRE(story.state.faults.size() == 1);

  story.then(RunResumed{"boot", "asked by root"});
  CHECK_FALSE(story.state.ended_already());
  CHECK(story.state.ended == std::chrono::system_clock::time_point{});
  CHECK_FALSE(story.state.cancel_requested);
  CHECK(story.state.faults.empty());
  CHECK(story.state.resumed == 1);
  CHECK(story.state.reboots.size() == 1);
  CHECK(story.step("a").outcome == Outcome::changed);
  CHECK_FALSE(story.step("b").outcome.has_value());
  CHECK_FALSE(story.step("b").started);
  CHECK(story.step("b").faults.empty());
  CHECK(story.step("b").line.title == "a service");
  CHECK_FALSE(story.step("c").outcome.has_value());
}

TEST_CASE("what a run has changed stays changed when it is later found as wanted") {
  Story story(k_three);
  story.then(StepStarted{"a", "old", "new"}).then(StepFinished{"a", Outcome::changed, "", {}, {}, 70});
  story.then(RunResumed{"boot", "the daemon was restarted"});
  story.then(StepStarted{"a", "new", "new"}).then(StepFinished{"a", Outcome::as_wanted, "", {}, {}, 1});
  CHECK(story.step("a").outcome == Outcome::changed);
  CHECK(story.step("a").have == "old");
  CHECK(story.step("a").milliseconds == 70);
  story.then(failed("a"));
  CHECK(story.step("a").outcome == Outcome::failed);
}

TEST_CASE("a plan that was made again brings its steps, and what was done by those that are gone is kept") {
  Story story({{"a", "file", "a file"},
               {"b", "service", "a service"},
               {"old", "file", "an old file"},
               {"dropped", "file", "another"},
               {"cut", "file", "one that was at work"},
               {"c", "file", "a file"}});
  StepStarted cut{"cut", "", ""};
  cut.makes = {{"file", "/cut"}};
  story.then(cut).then(finished("c", Outcome::passed));
  story.then(finished("a", Outcome::changed)).then(finished("old", Outcome::changed)).then(failed("b"));
  story.then(PlanChanged{"cc",
                         {"no step old"},
                         {{"new", "file", "a new file"},
                          {"a", "file", "a file"},
                          {"b", "file", "a file"},
                          {"c", "file", "the file"}}});
  std::vector<std::string> ids;
  for (const StepState& step : story.state.steps) ids.push_back(step.line.id);
  CHECK(ids == std::vector<std::string>{"new", "a", "b", "c", "old", "cut", "c"});
  CHECK(story.step("a").outcome == Outcome::changed);
  CHECK(story.step("c").line.title == "the file");
  CHECK_FALSE(story.step("c").outcome.has_value());  // what its name did before is no word of it
  CHECK(story.step("cut").outcome == Outcome::cancelled);
  CHECK(story.step("cut").reason == "not in the new plan");
  CHECK(story.step("old").outcome == Outcome::changed);
  CHECK_FALSE(story.step("b").outcome.has_value());
  story.then(finished("new", Outcome::changed));
  CHECK(story.step("new").outcome == Outcome::changed);
  story.then(RunResumed{"boot", "why"});
  CHECK(story.step("cut").outcome == Outcome::cancelled);

  story.then(PlanChanged{"dd", {"nginx: 2 instead of 1"}});  // of a version that did not tell the steps
  CHECK(story.state.steps.size() == 7);
}

TEST_CASE("a run that waits tells for which consents, and a word is agreed to these alone") {
  const Consent x{"remove", "would remove x"};
  const Consent y{"remove", "would remove y"};
  const Consent z{"replace", "would replace z"};
  Story story(k_three);
  story.then(RunResumed{"", "nothing was asked", {"remove"}});
  CHECK(story.state.agreed.empty());
  story.then(RunFinished{RunOutcome::waiting, {{Code::consent, "cannot", "do"}}, {x, z}});
  CHECK(story.state.consents == std::vector{x, z});
  story.then(RunResumed{"", "asked by alice", {"remove"}});
  CHECK(story.state.consents.empty());
  CHECK(story.state.agreed == std::vector{x});
  story.then(RunFinished{RunOutcome::waiting, {{Code::consent, "cannot", "do"}}, {y, z}});
  CHECK(story.state.agreed == std::vector{x});
  story.then(RunResumed{"", "asked by alice", {"replace", "downgrade"}});
  CHECK(story.state.agreed == std::vector{x, z});
}

TEST_CASE("a run waits for a reboot until the machine was booted again; a tree is not booted here") {
  const auto waits = [](const std::string& root, const std::string& asked_in, const std::string& now) {
    RunState state;
    state.header.root = root;
    state.outcome = RunOutcome::reboot_required;
    state.reboots = {{"a", "a new kernel", asked_in}};
    return waits_for_reboot(state, now);
  };
  CHECK(waits("/", "one", "one"));
  CHECK_FALSE(waits("/", "one", "two"));
  CHECK(waits("/", "", "two"));  // by an older version
  CHECK(waits("/srv/image", "one", "two"));
  RunState done;
  done.outcome = RunOutcome::done;
  CHECK_FALSE(waits_for_reboot(done, "one"));
}

TEST_CASE("events of a step that the run does not have do no harm") {
  Story story(k_three);
  story.then(StepStarted{"dpkg-repair", "", ""}).then(finished("dpkg-repair", Outcome::changed));
  story.then(PhaseEnded{"dpkg-repair", "x", 1, 0, ""}).then(RetryScheduled{"dpkg-repair", 1, ""});
  CHECK(story.state.steps.size() == 3);
  CHECK(story.state.last_sequence == 5);
}

TEST_CASE("a state is shown under the events' names") {
  Story story({{"a", "file", "a file"}, {"b", "file", ""}});
  story.then(StepStarted{"a", "old", "new"}).then(PhaseEnded{"a", "writing", 3, 0, ""});
  story.then(failed("a")).then(RunFinished{RunOutcome::failed, {}});
  CHECK(
      to_json(to_value(story.state)) ==
      R"({"run":4,"seq":5,"outcome":"failed","started":"1970-01-01T00:00:01.000Z",)"
      R"("ended":"1970-01-01T00:00:05.000Z","recipe":"demo","recipe_digest":"aa","plan_digest":"bb","root":"/",)"
      R"("caller":{"uid":0,"user":"root","pid":9},"steps":[)"
      R"({"id":"a","kind":"file","title":"a file","started":true,"outcome":"failed","milliseconds":5,)"
      R"("have":"old","want":"new","evidence":[{"what":"ls","seen":"no"}],)"
      R"("faults":[{"code":"program","message":"cannot","hint":"do"}],)"
      R"("phases":[{"step":"a","label":"writing","milliseconds":3}]},)"
      R"({"id":"b","kind":"file","started":false}]})");
}
