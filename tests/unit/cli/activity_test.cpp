// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/activity.hpp"

#include "samples.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;
using namespace rigsetup::cli::test;

namespace {

Progress bytes(std::uint64_t done, std::uint64_t total) {
  return {"cuda", "downloading", done, total, "bytes", true};
}

}  // namespace

TEST_CASE("rate and time left come from the last seconds only") {
  Activity activity(second(0));
  activity.report(bytes(0, 1'000'000'000), second(0));
  CHECK(activity.rate_text(second(0)).empty());  // one report tells no rate
  for (int i = 1; i <= 10; ++i)
    activity.report(bytes(static_cast<std::uint64_t>(i) * 10'000'000, 1'000'000'000), second(i));
  CHECK(activity.rate(second(10)) == Approx(10'000'000));
  CHECK(activity.rate_text(second(10)) == "10.0 MB/s");
  CHECK(activity.left_text(second(10)) == "1 min 30 s left");
  CHECK(activity.percent() == 10);
  CHECK(activity.amount() == "100 MB of 1.0 GB");
}

TEST_CASE("a stalled download loses its rate instead of promising") {
  Activity activity(second(0));
  activity.report(bytes(0, 100), second(0));
  activity.report(bytes(50, 100), second(1));
  CHECK(activity.rate(second(1)) == Approx(50));
  CHECK(activity.rate(second(100)) == Approx(0.5));
}

TEST_CASE("another phase begins with no rate") {
  Activity activity(second(0));
  activity.report(bytes(0, 100), second(0));
  activity.report(bytes(90, 100), second(2));
  activity.report({"cuda", "unpacking", 5, 100, "percent", false}, second(3));
  CHECK(activity.rate(second(3)) == 0);
  CHECK(activity.amount() == "5 %");
  CHECK(activity.left_text(second(3)).empty());
}

TEST_CASE("amounts are said in their own unit") {
  Activity activity(second(0));
  activity.report({"x", "waiting", 0, 0, "", true}, second(0));
  CHECK(activity.amount().empty());
  CHECK_FALSE(activity.percent());
  activity.report({"x", "configuring", 3, 12, "packages", true}, second(1));
  CHECK(activity.amount() == "3 of 12 packages");
  activity.report({"x", "fetching", 2000, 0, "bytes", true}, second(2));
  CHECK(activity.amount() == "2.0 kB");
}

TEST_CASE("only running steps have an activity") {
  const RunState state = state_of(records_up_to(10));
  Activities activities = activities_of(records_up_to(10));
  CHECK(activities.find("sources") == nullptr);
  REQUIRE(activities.find("cuda") != nullptr);
  CHECK(activities.find("cuda")->started() == second(1));
  activities.report(bytes(1, 2), second(11), state);
  CHECK(activities.find("cuda")->progress().done == 1);
  CHECK(activities_of(records_up_to(100)).empty());
}

TEST_CASE("nothing is at work when the plan has changed") {
  Activities activities = activities_of(records_up_to(10));
  REQUIRE_FALSE(activities.empty());
  activities.record({7, 100, second(11), PlanChanged{"digest", {}}});
  CHECK(activities.empty());
}

TEST_CASE("progress makes an activity of a step that went on unseen, and of no other") {
  const RunState state = state_of(records_up_to(10));
  Activities activities = activities_of(records_up_to(10));
  activities.report({"unheard-of", "x", 0, 0, "", true}, second(11), state);
  CHECK(activities.find("unheard-of") == nullptr);
  activities.report({"sources", "late", 0, 0, "", true}, second(11), state);
  CHECK(activities.find("sources") == nullptr);
  activities.report({"venv", "running pip", 0, 0, "", true}, second(11), state);
  REQUIRE(activities.find("venv") != nullptr);
  CHECK(activities.find("venv")->started() == second(11));
}

TEST_CASE("steps that tell of the same work share it, whatever their amounts") {
  Activity one(second(0));
  Activity other(second(0));
  CHECK_FALSE(one.shares_work_with(other));  // neither says anything yet
  one.report(bytes(1, 9), second(1));
  other.report(bytes(2, 9), second(1));
  CHECK(one.shares_work_with(other));
  other.report({"cuda", "unpacking gcc", 2, 9, "percent", false}, second(2));
  CHECK_FALSE(one.shares_work_with(other));
}

TEST_CASE("the percentage of a run never falls in a view, whatever a daemon that comes later begins with") {
  Activities activities = activities_of(records_up_to(10));
  const RunState state = state_of(records_up_to(10));
  const auto told = [&](std::uint64_t percent) {
    Progress sum{"", "", percent, 100, "percent", true};
    sum.left_seconds = 60;
    activities.report(sum, second(10), state);
    return *activities.percent();
  };
  CHECK_FALSE(activities.percent());
  CHECK(told(0) == 0);
  CHECK(told(47) == 47);
  activities.record({12, 99, second(11), RunResumed{"b", "the daemon was killed"}, 40});
  CHECK(activities.percent() == 47);
  CHECK(activities.left_text().empty());  // which the next daemon does not know yet
  CHECK(told(41) == 47);
  CHECK(activities.left_text() == "1 min left");
  CHECK(told(48) == 48);
}

TEST_CASE("who comes late has the percentage from the records, before the daemon tells it") {
  Activities activities = activities_of(records_up_to(10));
  activities.record({12, 99, second(11), RunResumed{"b", "why"}, 40});
  CHECK(activities.percent() == 40);
}
