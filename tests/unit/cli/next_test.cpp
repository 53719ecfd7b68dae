// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/follow.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;

namespace {

struct Asked {
  std::string root;    ///< --root of this call
  std::string recipe;  ///< as it was named; empty: only followed
};

std::string next_of(RunOutcome outcome, const std::string& root_of_run, const Asked& asked) {
  Options options;
  options.root = asked.root;
  RunState state;
  state.run = 12;
  state.outcome = outcome;
  state.header.root = root_of_run;
  if (outcome == RunOutcome::failed) {
    state.steps.resize(3);
    state.steps[0].line.id = "good";
    state.steps[0].outcome = Outcome::changed;
    state.steps[1].line.id = "bad";
    state.steps[1].outcome = Outcome::failed;
    state.steps[2].line.id = "later";
    state.steps[2].outcome = Outcome::not_tried;
  }
  return next_text(Session(options, Screen{}), state, asked.recipe);
}

}  // namespace

TEST_CASE("every end of a run has a next command that can be typed as it stands") {
  struct Row {
    RunOutcome outcome;
    const char* root;
    Asked asked;
    const char* text;
  };
  const std::vector<Row> rows{
      {RunOutcome::done, "/", {"", "demo"}, "Next: rigsetup status\n"},
      {RunOutcome::done, "/srv/i", {"/srv/i", "demo"}, "Next: rigsetup status --root /srv/i\n"},
      {RunOutcome::done,
       "/srv/i",
       {"", ""},
       "Next: rigsetup status --root /srv/i\n"},  // watch needs no --root
      {RunOutcome::reboot_required, "/", {"", "demo"}, "Next: sudo systemctl reboot\n"},
      {RunOutcome::reboot_required, "/srv/i", {"", ""}, "Next: rigsetup status --root /srv/i\n"},
      {RunOutcome::failed,
       "/srv/i",
       {"/srv/i", "my rig.yaml"},
       "All that it printed: rigsetup log 12 --step bad\nThen again: rigsetup apply 'my rig.yaml' --root "
       "/srv/i\n"},
      {RunOutcome::failed,
       "/",
       {"", ""},
       "All that it printed: rigsetup log 12 --step bad\nThen again: rigsetup resume 12\n"},
      {RunOutcome::cancelled, "/", {"", "demo"}, "To go on: rigsetup apply demo\n"},
      {RunOutcome::cancelled, "/", {"", ""}, "To go on: rigsetup resume 12\n"},
      {RunOutcome::waiting, "/", {"", "demo"}, "To go on: rigsetup resume 12\n"},
      {RunOutcome::interrupted, "/", {"", ""}, "To go on: rigsetup resume 12\n"},
      {RunOutcome::running, "/", {"", ""}, "To follow it: rigsetup watch 12\n"}};
  for (const Row& row : rows) CHECK(next_of(row.outcome, row.root, row.asked) == row.text);
}

TEST_CASE(
    "a run that waits for words goes on with them; of one that waits for something else its hint tells") {
  const Options options;
  RunState state;
  state.run = 12;
  state.outcome = RunOutcome::waiting;
  state.faults = {{Code::consent, "cannot", "do that"}};
  state.consents = {{"remove", "x"}, {"replace", "y"}, {"remove", "z"}};
  CHECK(next_text(Session(options, Screen{}), state, "") ==
        "To go on: rigsetup resume 12 --allow-remove --allow-replace\n");
  state.consents.clear();
  CHECK(next_text(Session(options, Screen{}), state, "").empty());
}
