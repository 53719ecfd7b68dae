// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Runs that another version of rigsetup began and did not end: what it stored is taken up by this one.
#include <rigsetup/data/json.hpp>
#include <rigsetup/journal/journal.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/running_daemon.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

namespace {

const std::string k_recipe = R"(rigsetup: 1
name: rig
steps:
  - id: one
    file: {path: /etc/one, content: "1\n"}
  - id: two
    file: {path: /etc/two, content: "2\n"}
)";

/// A plan as the other version wrote it, of the steps "one" and then `second`.
std::string plan_of(const Bed& bed, const std::string& second) {
  return R"({"recipe":"rig","recipe_digest":"aa","root":")" + bed.root.string() +
         R"(","wish":{"activate":false,"prune":false,"only":""},"leftovers":[],"consents":[],)"
         R"("repair":{"broken":[],"journal_left":false},"steps":[)"
         R"({"id":"one","kind":"file","title":"file /etc/one","verdict":"change","have":"absent",)"
         R"("want":"a file of 2 B, mode 0644","reason":"","needs":[],"transaction":-1},)" +
         second + R"(],"transactions":[],"notes":[],"free_bytes":1})";
}

std::string step(const std::string& id, const std::string& title, const std::string& verdict = "change") {
  return R"({"id":")" + id + R"(","kind":"file","title":")" + title + R"(","verdict":")" + verdict +
         R"(","have":"absent","want":"x","reason":"","needs":["one"],"transaction":-1})";
}

/// The journal of the other version: run 1 has done its first step, and then the daemon went.
void begin(const Bed& bed, const std::string& recipe, const std::string& plan, const std::string& second) {
  std::filesystem::create_directories(bed.state);
  Journal journal(bed.state / "journal.db");
  RunStarted started;
  started.recipe = "rig";
  started.root = bed.root.string();
  started.steps = {{"one", "file", "file /etc/one"}, {second, "file", "file of the other version"}};
  const std::int64_t run = journal.begin({"/home/alice/rig.yaml", recipe, {}, plan}, started);
  journal.append(run, StepStarted{"one", "absent", "a file"});
  journal.append(run, StepFinished{"one", Outcome::changed, {}, {}, {}, 1});
}

/// Taken up by this version, to its end.
Value ended(const Bed& bed) {
  follow(bed, 1);
  return get(bed.socket, "/v1/runs/1").json();
}

std::vector<std::string> ids_of(const Value& run) {
  std::vector<std::string> ids;
  for (const Value& step : run.at("steps").as_list()) ids.push_back(step.at("id").as_string());
  return ids;
}

}  // namespace

TEST_CASE("a plan whose steps are not those of the recipe any more is made again, and the run goes on") {
  const Bed bed;
  std::string second;
  std::string difference;
  SECTION("a step that does not exist any more") {
    second = step("extra", "file /etc/extra");
    difference = "no step extra";
  }
  SECTION("a step that now means something else") {
    second = step("two", "files below /etc/two");
    difference = "file /etc/two instead of files below /etc/two";
  }
  SECTION("a step less") {
    second = step("two", "file /etc/two") + "," + step("three", "file /etc/three");
    difference = "no step three";
  }
  begin(bed, k_recipe, plan_of(bed, second), "extra");
  const RunningDaemon daemon(bed);
  const Value run = ended(bed);
  INFO(to_json(run));
  CHECK(run.at("outcome").as_string() == "done");
  CHECK(ids_of(run) == std::vector<std::string>{"one", "two"});
  CHECK(run.at("steps").as_list()[0].get("outcome", "") == "changed");  // before the upgrade
  CHECK(run.at("steps").as_list()[1].get("outcome", "") == "changed");
  CHECK_THAT(to_json(run.at("findings")), Contains(difference));
  CHECK(read_file(bed.root / "etc/two") == "2\n");
}

TEST_CASE("a plan that cannot be read is made again from what was agreed to") {
  const Bed bed;
  begin(bed, k_recipe, plan_of(bed, step("two", "file /etc/two", "sideways")), "two");
  const RunningDaemon daemon(bed);
  const Value run = ended(bed);
  INFO(to_json(run));
  CHECK(run.at("outcome").as_string() == "done");
  CHECK_THAT(to_json(run.at("findings")), Contains("cannot be read"));
  CHECK(read_file(bed.root / "etc/two") == "2\n");
}

TEST_CASE("where nobody can tell what was agreed to, the run waits and says so") {
  const Bed bed;
  const std::string plan = GENERATE(R"({"format":9,"graph":{}})", "[]", "no JSON at all");
  begin(bed, k_recipe, plan, "two");
  const RunningDaemon daemon(bed);
  const Value run = ended(bed);
  INFO(to_json(run));
  CHECK(run.at("outcome").as_string() == "waiting");
  CHECK_THAT(to_json(run.at("faults")),
             Contains("cannot go on with run 1") &&
                 Contains("rigsetup apply /home/alice/rig.yaml --root " + bed.root.string()));
  CHECK_FALSE(std::filesystem::exists(bed.root / "etc/two"));
}

TEST_CASE("a recipe that this version does not accept any more: the run waits, and nothing is lost") {
  const Bed bed;
  std::string recipe = k_recipe;
  recipe.replace(recipe.find("content: \"2"), 8, "kontent:");
  begin(bed, recipe, plan_of(bed, step("two", "file /etc/two")), "two");
  const std::string before = bed.listing();
  const RunningDaemon daemon(bed);
  const Value run = ended(bed);
  INFO(to_json(run));
  CHECK(run.at("outcome").as_string() == "waiting");
  REQUIRE(run.at("faults").as_list().size() == 1);
  const Value& fault = run.at("faults").as_list().front();
  CHECK_THAT(fault.at("message").as_string(), Contains("cannot go on with run 1") &&
                                                  Contains("/home/alice/rig.yaml:7:28") &&
                                                  Contains("kontent"));
  CHECK_THAT(fault.at("hint").as_string(),
             Contains("rigsetup apply /home/alice/rig.yaml --root " + bed.root.string()));
  CHECK(bed.listing() == before);
  CHECK(get(bed.socket, "/v1/runs/1/recipe").body == recipe);

  const Value status = get(bed.socket, "/v1/status?root=" + bed.root.string()).json();
  CHECK(status.at("outcome").as_string() == "waiting");
  CHECK(status.get("run_problem", "") == fault.at("message").as_string());
  CHECK(status.get("run_hint", "") == fault.at("hint").as_string());

  // Asked to go on, it waits again; a recipe that was mended is applied as any other.
  CHECK(post(bed.socket, "/v1/runs/1/resume", Value::map()).status == 200);
  CHECK(ended(bed).at("outcome").as_string() == "waiting");
  const auto mended = start_run(bed, "  - file: {path: /etc/two, content: \"2\\n\"}\n");
  follow(bed, mended);
  CHECK(outcome_of(bed, mended) == "done");
}
