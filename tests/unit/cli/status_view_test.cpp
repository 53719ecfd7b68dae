// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/status_view.hpp"

#include "samples.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;
using namespace rigsetup::cli::test;

TEST_CASE("the status at a glance") {
  CHECK(status_text(status(), second(360), terminal(80)) ==
        R"(demo on this machine (Debian GNU/Linux 12 (bookworm)): 2 steps differ, 1 check
failed
  run 12: done, 6 min ago

  = cuda  nvidia-cuda-toolkit 11.8.89
  ~ motd  differs: mode 0600 → mode 0644
  + gone  differs: nothing → a file
  – venv  skipped: no NVIDIA GPU here

Checks
  ✓ nvcc    passed, 6 min ago
  ✗ import  failed, 3 min ago: cannot import torch
      hint: pip install torch
      python -c 'import torch'
      │ ModuleNotFoundError
  ? gpu     not run yet
)");
}

TEST_CASE("the status names what stands in the way") {
  protocol::StatusReply broken = status();
  broken.repair = {"mawk is half-configured"};
  broken.reboot_required = true;
  broken.running = 13;
  CHECK(
      status_text(broken, second(360), plain()) ==
      R"(demo on this machine (Debian GNU/Linux 12 (bookworm)): 2 steps differ, 1 check failed, dpkg was interrupted
  run 12: done, 6 min ago

  = cuda  nvidia-cuda-toolkit 11.8.89
  ~ motd  differs: mode 0600 -> mode 0644
  + gone  differs: nothing -> a file
  - venv  skipped: no NVIDIA GPU here

Checks
  v nvcc    passed, 6 min ago
  x import  failed, 3 min ago: cannot import torch
      hint: pip install torch
      python -c 'import torch'
      | ModuleNotFoundError
  ? gpu     not run yet

An earlier dpkg was interrupted; the next apply finishes it first:
    mawk is half-configured

A reboot is needed: sudo systemctl reboot

Run 13 is going on.
)");
}

TEST_CASE("the status says what the latest run waits for, and what to type") {
  protocol::StatusReply waits;
  waits.root = "/srv/image";
  waits.run = 12;
  waits.outcome = "waiting";
  waits.run_problem = "cannot go on with run 12 unasked";
  waits.run_hint = "to agree: rigsetup resume 12 --allow-remove";
  CHECK(status_text(waits, second(0), plain()) ==
        "/srv/image: no active recipe\n"
        "  run 12: waiting\n"
        "    cannot go on with run 12 unasked\n"
        "    hint: to agree: rigsetup resume 12 --allow-remove\n");
}

TEST_CASE("without an active recipe the status says so") {
  protocol::StatusReply none;
  none.root = "/srv/image";
  CHECK(status_text(none, second(0), plain()) == "/srv/image: no active recipe\n");
  CHECK(exit_code(none) == 0);
}

TEST_CASE("the status has its exit code") {
  protocol::StatusReply good = status();
  good.steps.resize(1);
  good.checks.resize(1);
  CHECK(exit_code(good) == 0);
  CHECK(status_text(good, second(0), plain()).find("as wanted") != std::string::npos);
  good.reboot_required = true;
  CHECK(exit_code(good) == 4);
  CHECK(exit_code(status()) == 3);
  protocol::StatusReply unsound = good;
  unsound.checks.push_back(status().checks[1]);
  CHECK(exit_code(unsound) == 3);
}

TEST_CASE("what status cannot look at is said, and is no difference") {
  protocol::StatusReply unseen = status();
  unseen.checks.clear();
  unseen.steps = {{"a", "command", "command x", "unknown", "", "", "looking at it would run programs"}};
  CHECK(exit_code(unseen) == 0);
  CHECK(status_text(unseen, second(360), plain()) ==
        "demo on this machine (Debian GNU/Linux 12 (bookworm)): nothing differs; 1 step is not looked at by "
        "status\n"
        "  run 12: done, 6 min ago\n\n"
        "  ? a  unknown: looking at it would run programs\n");
  unseen.steps[0].state = "pending";
  CHECK(exit_code(unseen) == 3);
}

TEST_CASE("checks are shown with their proof when they were asked for") {
  CHECK(checks_text(status().checks, second(360), plain(), true) == R"(  v nvcc    passed, 6 min ago
      nvcc probe.cu
      | ok
  x import  failed, 3 min ago: cannot import torch
      hint: pip install torch
      python -c 'import torch'
      | ModuleNotFoundError
  ? gpu     not run yet
)");
  CHECK(any_failed(status().checks));
  CHECK_FALSE(any_failed({status().checks[0], status().checks[2]}));
}
