// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/run_view.hpp"

#include <stdlib.h>

#include "samples.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;
using namespace rigsetup::cli::test;

TEST_CASE("a recap counts everything and explains what did not go well") {
  CHECK(recap_text(state_of(records_up_to(100)), terminal(80)) ==
        R"(Run 12: failed after 1 min 36 s; 2 changed, 1 as wanted, 1 deferred, 1 failed, 1
cancelled
The longest: cuda 1 min 29 s, venv 4.0 s, sources 1.2 s

✗ venv cancelled: cut while downloading
✗ nvcc failed
    cannot compile a CUDA program: nvcc ended with 1
    hint: install g++-12
    nvcc -o probe probe.cu
    │ gcc: fatal error: cannot execute 'cc1plus'
    │ compilation terminated.
» gpu deferred: an image has no GPU: at its first boot

Note on cuda: kept /etc/nvidia.conf as it is
    hint: compare it with /etc/nvidia.conf.dpkg-dist
A reboot is needed: the kernel module is newer than the running one
)");
}

TEST_CASE("a recap in ASCII, where nothing is wrapped") {
  CHECK(recap_text(state_of(records_up_to(100)), plain()) ==
        R"(Run 12: failed after 1 min 36 s; 2 changed, 1 as wanted, 1 deferred, 1 failed, 1 cancelled
The longest: cuda 1 min 29 s, venv 4.0 s, sources 1.2 s

x venv cancelled: cut while downloading
x nvcc failed
    cannot compile a CUDA program: nvcc ended with 1
    hint: install g++-12
    nvcc -o probe probe.cu
    | gcc: fatal error: cannot execute 'cc1plus'
    | compilation terminated.
> gpu deferred: an image has no GPU: at its first boot

Note on cuda: kept /etc/nvidia.conf as it is
    hint: compare it with /etc/nvidia.conf.dpkg-dist
A reboot is needed: the kernel module is newer than the running one
)");
}

TEST_CASE("a run is shown with all that is known of it") {
  ::setenv("TZ", "UTC", 1);
  CHECK(run_text(state_of(records_up_to(100)), terminal(80)) ==
        R"(Run 12: failed after 1 min 36 s; 2 changed, 1 as wanted, 1 deferred, 1 failed, 1
cancelled
  demo on /srv/image; recipe sha256 9f86d081884c, plan 60303ae22b99
  started 2026-11-23 16:30 by root on pts/3 (uid 0)

+ sources  changed: nothing → contrib, non-free (1.2 s)
= motd     as wanted
+ cuda     changed: not installed → 11.8.89~11.8.0-5 (1 min 29 s)
✗ venv     cancelled: cut while downloading (4.0 s)
    nothing → 6 packages
✗ nvcc     failed
    cannot compile a CUDA program: nvcc ended with 1
    hint: install g++-12
    nvcc -o probe probe.cu
    │ gcc: fatal error: cannot execute 'cc1plus'
    │ compilation terminated.
» gpu      deferred: an image has no GPU: at its first boot

Note on cuda: kept /etc/nvidia.conf as it is
    hint: compare it with /etc/nvidia.conf.dpkg-dist
A reboot is needed: the kernel module is newer than the running one
)");
}

TEST_CASE("a run that goes on is shown as far as it is") {
  ::setenv("TZ", "UTC", 1);
  CHECK(run_text(state_of(records_up_to(10)), plain()) == R"(Run 12: going on; 1 changed, 1 as wanted
  demo on /srv/image; recipe sha256 9f86d081884c, plan 60303ae22b99
  started 2026-11-23 16:30 by root on pts/3 (uid 0)

+ sources  changed: nothing -> contrib, non-free (1.2 s)
= motd     as wanted
* cuda     running
    not installed -> 11.8.89~11.8.0-5
. venv     to come
. nvcc     to come
. gpu      to come
)");
}

TEST_CASE("every end of a run has its exit code") {
  const std::vector<std::pair<RunOutcome, int>> codes{
      {RunOutcome::done, 0},       {RunOutcome::failed, 1},  {RunOutcome::reboot_required, 4},
      {RunOutcome::cancelled, 7},  {RunOutcome::waiting, 8}, {RunOutcome::running, 8},
      {RunOutcome::interrupted, 8}};
  for (const auto& [outcome, code] : codes) {
    RunState state;
    state.outcome = outcome;
    CHECK(exit_code(state) == code);
  }
}

TEST_CASE("text of a run cannot drive the terminal") {
  std::vector<Record> records = records_up_to(100);
  std::get<RunStarted>(records[0].event).recipe = "\x1b[2J";
  std::get<RunStarted>(records[0].event).steps[2].id = "cuda";
  for (Record& record : records) {
    if (auto* finished = std::get_if<StepFinished>(&record.event)) {
      finished->reason = "\x1b]0;x\x07";
      finished->evidence = {{"\x1b", "line\n\x1b[A"}};
      finished->faults = {{Code::program, "\x1b", "\x1b"}};
    }
    if (auto* finding = std::get_if<Finding>(&record.event)) finding->message = finding->hint = "\r\x1b[K";
  }
  const RunState state = state_of(records);
  CHECK(recap_text(state, plain()).find_first_of("\x1b\r\x07") == std::string::npos);
  CHECK(run_text(state, plain()).find_first_of("\x1b\r\x07") == std::string::npos);
}
