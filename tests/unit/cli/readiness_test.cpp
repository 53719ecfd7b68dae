// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/readiness.hpp"

#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;
using protocol::RunLine;
using protocol::StatusReply;

namespace {

/// A root whose run left everything as wanted.
StatusReply as_wanted() {
  StatusReply status;
  status.root = "/";
  status.recipe = "demo";
  status.run = 12;
  status.outcome = "done";
  status.steps = {{"motd", "file", "", "as-wanted", "", "", ""},
                  {"venv", "virtualenv", "", "unknown", "", "", ""}};
  status.checks = {{"gpu", "nvidia_gpu", "passed", "", "", "", {}}};
  return status;
}

RunLine run_that_ended(const std::string& outcome) {
  RunLine line;
  line.run = 12;
  line.outcome = outcome;
  return line;
}
const RunLine k_done = run_that_ended("done");

}  // namespace

TEST_CASE("ready is as wanted with no run going on") {
  CHECK(standing_of(as_wanted(), k_done, true).met);
  StatusReply status = as_wanted();
  status.running = 13;
  const Standing standing = standing_of(status, k_done, true);
  CHECK_FALSE(standing.met);
  CHECK(standing.run == 13);
  CHECK_FALSE(standing.exit.has_value());
  CHECK_FALSE(standing_of(status, k_done, false).met);
}

TEST_CASE("idle asks for no more than that no run goes on") {
  StatusReply status = as_wanted();
  status.steps[0].state = "differs";
  CHECK(standing_of(status, run_that_ended("failed"), false).met);
  CHECK(standing_of(StatusReply{}, RunLine{}, false).met);
}

TEST_CASE("an active recipe that is not valid does not become so by waiting") {
  StatusReply status;
  status.recipe_file = "/etc/rigsetup/recipe.yaml";
  status.problem = "cannot use it: one thing is wrong with it";
  status.hint = "rigsetup validate";
  const Standing standing = standing_of(status, k_done, true);
  CHECK(standing.exit == 2);
  CHECK(standing.why == status.problem);
}

TEST_CASE("before the first recipe there is something to wait for") {
  const Standing standing = standing_of(StatusReply{}, RunLine{}, true);
  CHECK_FALSE(standing.met);
  CHECK_FALSE(standing.exit.has_value());
  CHECK(standing.why == "no recipe was applied yet");
}

TEST_CASE("what does not come by itself is not waited for, and each cause has its exit code") {
  struct Row {
    const char* outcome;
    const char* step;
    bool reboot;
    int exit;
    const char* why;
  };
  const std::vector<Row> rows{
      {"failed", "differs", false, 1, "run 12 failed"},
      {"failed", "as-wanted", false, 1, "run 12 failed"},  // of another recipe, perhaps
      {"cancelled", "differs", false, 7, "run 12 was cancelled"},
      {"waiting", "differs", false, 8, "run 12 waits to be resumed"},
      {"interrupted", "as-wanted", false, 8, "run 12 waits to be resumed"},
      {"done", "differs", false, 3, "not everything is as the recipe demo wants"},
      {"done", "pending", true, 3, "not everything is as the recipe demo wants"},
      {"reboot-required", "as-wanted", true, 4, "a reboot is needed"},
      {"done", "as-wanted", true, 4, "a reboot is needed"}};
  for (const Row& row : rows) {
    CAPTURE(row.outcome, row.step, row.reboot);
    StatusReply status = as_wanted();
    status.steps[0].state = row.step;
    status.reboot_required = row.reboot;
    const Standing standing = standing_of(status, run_that_ended(row.outcome), true);
    CHECK_FALSE(standing.met);
    CHECK(standing.exit == row.exit);
    CHECK(standing.why == row.why);
    CHECK_FALSE(standing.hint.empty());
  }
}

TEST_CASE("a run that waits says for what") {
  StatusReply status = as_wanted();
  status.run_problem = "cannot go on unasked";
  status.run_hint = "rigsetup resume 12 --allow-remove";
  const Standing standing = standing_of(status, run_that_ended("waiting"), true);
  CHECK(standing.exit == 8);
  CHECK(standing.why == status.run_problem);
  CHECK(standing.hint == status.run_hint);
}
