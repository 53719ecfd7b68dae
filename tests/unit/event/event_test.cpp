// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <map>

#include <rigsetup/data/json.hpp>
#include <rigsetup/event/event.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using Catch::Matchers::Contains;

namespace {

const auto k_time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1795451412345));

std::string message_of(const std::string& json) {
  try {
    record_from(parse_json(json));
  } catch (const Error& error) {
    CHECK(error.code() == Code::invalid);
    return error.message();
  }
  return "accepted";
}

struct Example {
  Event event;
  std::string own_members;
};

// Every event, every member filled: journals and clients rely on these names.
const std::vector<Example>& examples() {
  static const std::vector<Example> all = {
      {RunStarted{"demo",
                  "aa",
                  "bb",
                  "/srv/rig",
                  {1000, "alice", 77, "pts/3"},
                  {{"py", "virtualenv", "a venv"}},
                  {"remove"}},
       R"("event":"run-started","recipe":"demo","recipe_digest":"aa","plan_digest":"bb","root":"/srv/rig",)"
       R"("caller":{"uid":1000,"user":"alice","pid":77,"terminal":"pts/3"},"allowed":["remove"],)"
       R"("steps":[{"id":"py","kind":"virtualenv","title":"a venv"}])"},
      {RunResumed{"b-1", "asked by alice", {"remove"}},
       R"("event":"run-resumed","boot_id":"b-1","why":"asked by alice","allowed":["remove"])"},
      {PlanChanged{"cc", {"nginx: 2 instead of 1"}, {{"py", "virtualenv", "a venv"}}},
       R"("event":"plan-changed","plan_digest":"cc","differences":["nginx: 2 instead of 1"],)"
       R"("steps":[{"id":"py","kind":"virtualenv","title":"a venv"}])"},
      {StepStarted{"py", "nothing", "python3 3.11", {{"virtualenv", "/opt/py", "a note", true}}},
       R"("event":"step-started","step":"py","have":"nothing","want":"python3 3.11",)"
       R"("makes":[{"kind":"virtualenv","name":"/opt/py","note":"a note","along":true}])"},
      {StepFinished{"py",
                    Outcome::failed,
                    "why",
                    {{"python3 -V", "Python 3.11"}},
                    {{Code::program, "cannot make it", "do that"}},
                    12,
                    {{"file", "/etc/a"}}},
       R"("event":"step-finished","step":"py","outcome":"failed","reason":"why",)"
       R"("evidence":[{"what":"python3 -V","seen":"Python 3.11"}],)"
       R"("faults":[{"code":"program","message":"cannot make it","hint":"do that"}],"milliseconds":12,)"
       R"("removed":[{"kind":"file","name":"/etc/a"}])"},
      {PhaseEnded{"py", "downloading", 950, 13'000'000'000, "bytes"},
       R"("event":"phase-ended","step":"py","label":"downloading","milliseconds":950,"amount":13000000000,)"
       R"("unit":"bytes")"},
      {Finding{"py", "a file was kept", "look at it"},
       R"("event":"finding","step":"py","message":"a file was kept","hint":"look at it")"},
      {RetryScheduled{"py", 4000, "the mirror is down"},
       R"("event":"retry-scheduled","step":"py","milliseconds":4000,"why":"the mirror is down")"},
      {CancelRequested{{0, "root", 1}},
       R"("event":"cancel-requested","caller":{"uid":0,"user":"root","pid":1})"},
      {RebootNeeded{"py", "a new kernel", "b-1"},
       R"("event":"reboot-needed","step":"py","why":"a new kernel","boot_id":"b-1")"},
      {RunFinished{RunOutcome::waiting, {{Code::io, "cannot write", ""}}, {{"remove", "would remove x"}}},
       R"("event":"run-finished","outcome":"waiting","faults":[{"code":"io","message":"cannot write"}],)"
       R"("consents":[{"word":"remove","text":"would remove x"}])"},
  };
  return all;
}

std::string line_of(const Example& example) {
  return R"({"run":7,"seq":3,"time":"2026-11-23T16:30:12.345Z",)" + example.own_members + "}";
}

}  // namespace

TEST_CASE("every event is written under its names") {
  REQUIRE(examples().size() == std::variant_size_v<Event>);
  for (const Example& example : examples()) {
    CHECK(to_json(to_value(Record{7, 3, k_time, example.event})) == line_of(example));
  }
}

TEST_CASE("every event is read back as it was written") {
  for (const Example& example : examples()) {
    const Record record = record_from(parse_json(line_of(example)));
    CHECK(record.run == 7);
    CHECK(record.sequence == 3);
    CHECK(record.time == k_time);
    CHECK(record.event.index() == example.event.index());
    CHECK(event_name(record.event) == event_name(example.event));
    CHECK(to_json(to_value(record)) == line_of(example));
  }
}

TEST_CASE("empty members are not sent and read as empty") {
  const Record record{1, 1, k_time, StepFinished{"a", Outcome::as_wanted, "", {}, {}, 0}};
  const std::string line = R"({"run":1,"seq":1,"time":"2026-11-23T16:30:12.345Z","event":"step-finished",)"
                           R"("step":"a","outcome":"as-wanted","milliseconds":0})";
  CHECK(to_json(to_value(record)) == line);
  const auto back = std::get<StepFinished>(record_from(parse_json(line)).event);
  CHECK(back.outcome == Outcome::as_wanted);
  CHECK(back.reason.empty());
  CHECK(back.evidence.empty());
}

TEST_CASE("a record tells how far the run was, once that is known") {
  const Record record{1, 2, k_time, RunResumed{"b", ""}, 42};
  const std::string line = R"({"run":1,"seq":2,"time":"2026-11-23T16:30:12.345Z","event":"run-resumed",)"
                           R"("percent":42,"boot_id":"b"})";
  CHECK(to_json(to_value(record)) == line);
  CHECK(record_from(parse_json(line)).percent == 42);
}

TEST_CASE("unknown members of a record are ignored") {
  const Record record = record_from(parse_json(
      R"({"run":1,"seq":2,"time":"2026-11-23T16:30:12.345Z","event":"finding","message":"m","mood":{"a":[1]}})"));
  CHECK(std::get<Finding>(record.event).message == "m");
}

TEST_CASE("what is wrong with a record is named") {
  const std::string head = R"({"run":1,"seq":2,"time":"2026-11-23T16:30:12.345Z","event":)";
  CHECK_THAT(message_of("[]"), Contains("a record"));
  CHECK_THAT(message_of(R"({"seq":2})"), Contains("run is missing"));
  CHECK_THAT(message_of(R"({"run":"1"})"), Contains("run is "));
  CHECK_THAT(message_of(head + R"("step-danced"})"), Contains("step-danced"));
  CHECK_THAT(message_of(head + R"("step-started"})"),
             Contains("step-started") && Contains("step is missing"));
  CHECK_THAT(message_of(head + R"("step-started","step":null})"), Contains("step is missing"));
  CHECK_THAT(message_of(head + R"("run-finished","outcome":"great"})"), Contains("great"));
  CHECK_THAT(message_of(head + R"("phase-ended","step":"a","label":"b","milliseconds":1,"amount":-1})"),
             Contains("amount is out of range"));
  CHECK_THAT(
      message_of(head + R"("step-finished","step":"a","outcome":"failed","milliseconds":1,"faults":[{}]})"),
      Contains("faults") && Contains("code is missing"));
}

TEST_CASE("a time is UTC with milliseconds and nothing else") {
  const auto with = [](const std::string& time) {
    return message_of(R"({"run":1,"seq":2,"event":"run-resumed","time":")" + time + "\"}");
  };
  CHECK(with("2024-02-29T23:59:59.999Z") == "accepted");
  CHECK(with("1970-01-01T00:00:00.000Z") == "accepted");
  for (const char* wrong :
       {"2026-11-23T16:30:12Z", "2026-02-29T00:00:00.000Z", "2026-11-23T24:00:00.000Z",
        "2026-11-23 16:30:12.345Z", "2026-11-23T16:30:12.345+", "9999-01-01T00:00:00.000Z", ""}) {
    CHECK_THAT(with(wrong), Contains("time"));
  }
}

TEST_CASE("times read as they were written, also on odd days") {
  for (const std::int64_t milliseconds : {0LL, 1LL, 951782399999LL, 1709251199999LL, 4102444800000LL}) {
    const auto time = std::chrono::system_clock::time_point(std::chrono::milliseconds(milliseconds));
    CHECK(record_from(to_value(Record{1, 1, time, RunResumed{}})).time == time);
  }
}

TEST_CASE("progress is written without what is not known") {
  CHECK(to_json(to_value(Progress{"torch", "unpacking", 3, 10, "percent", false})) ==
        R"({"step":"torch","label":"unpacking","done":3,"total":10,"unit":"percent","may_cut":false})");
  CHECK(to_json(to_value(Progress{"torch", "", 0, 0, "", true})) == R"({"step":"torch","may_cut":true})");
  const Progress back = progress_from(to_value(Progress{"torch", "unpacking", 3, 10, "percent", false}));
  CHECK(back.step == "torch");
  CHECK(back.label == "unpacking");
  CHECK(back.done == 3);
  CHECK(back.total == 10);
  CHECK(back.unit == "percent");
  CHECK_FALSE(back.may_cut);
  CHECK_FALSE(back.left_seconds);
}

TEST_CASE("what keeps a step, and how far the run is, travel with progress") {
  Progress progress{"driver", "setting up it", 90, 100, "percent", false, "postinst of driver", 12};
  progress.number = 7;
  CHECK(to_json(to_value(progress)) ==
        R"({"step":"driver","label":"setting up it","done":90,"total":100,"unit":"percent","may_cut":false,)"
        R"("at":"postinst of driver","at_seconds":12,"number":7})");
  CHECK(progress_from(to_value(progress)).at_seconds == 12);
  Progress sum;
  sum.left_seconds = 0;  // not the same as not known
  CHECK(progress_from(to_value(sum)).left_seconds == 0);
}

TEST_CASE("outcomes have names, and the names mean them") {
  for (int i = 0; i <= static_cast<int>(Outcome::not_tried); ++i) {
    CHECK(outcome_from(to_string(static_cast<Outcome>(i))) == static_cast<Outcome>(i));
  }
  for (int i = 0; i <= static_cast<int>(RunOutcome::interrupted); ++i) {
    CHECK(run_outcome_from(to_string(static_cast<RunOutcome>(i))) == static_cast<RunOutcome>(i));
  }
  CHECK(to_string(Outcome::not_tried) == "not-tried");
  CHECK(to_string(RunOutcome::waiting) == "waiting");
  CHECK_THROWS_AS(outcome_from("Changed"), Error);
  CHECK(is_good(Outcome::deferred));
  CHECK_FALSE(is_good(Outcome::cancelled));
}

TEST_CASE("an error is recorded with its code and hint") {
  const Fault fault = fault_of(Error(Code::network, "cannot fetch", "try again"));
  CHECK(fault.code == Code::network);
  CHECK(fault.message == "cannot fetch");
  CHECK(fault.hint == "try again");
}
