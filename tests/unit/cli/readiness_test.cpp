// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/readiness.hpp"

#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;
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

}  // namespace

TEST_CASE("ready is as wanted with no run going on") {
  CHECK(standing_of(as_wanted(), true).met);
  StatusReply status = as_wanted();
  status.running = 13;
  const Standing standing = standing_of(status, true);
  CHECK_FALSE(standing.met);
  CHECK(standing.run == 13);
  CHECK_FALSE(standing.exit.has_value());
  CHECK_FALSE(standing_of(status, false).met);
}

TEST_CASE("idle asks for no more than that no run goes on") {
  StatusReply status = as_wanted();
  status.outcome = "failed";
  status.steps[0].state = "differs";
  CHECK(standing_of(status, false).met);
  CHECK(standing_of(StatusReply{}, false).met);
}

TEST_CASE("before the first recipe there is something to wait for") {
  const Standing standing = standing_of(StatusReply{}, true);
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
      {"failed", "as-wanted", false, 1, "run 12 failed"},  // the venv rests on the run
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
    status.outcome = row.outcome;
    status.steps[0].state = row.step;
    status.reboot_required = row.reboot;
    const Standing standing = standing_of(status, true);
    CHECK_FALSE(standing.met);
    CHECK(standing.exit == row.exit);
    CHECK(standing.why == row.why);
    CHECK_FALSE(standing.hint.empty());
  }
}

TEST_CASE("a run that failed does not count once everything is seen to be as wanted") {
  StatusReply status = as_wanted();
  status.outcome = "failed";
  status.steps.pop_back();
  CHECK(standing_of(status, true).met);
  status.checks[0].outcome = "unknown";  // never run, and the run cannot vouch for it
  CHECK(standing_of(status, true).exit == 1);
}
