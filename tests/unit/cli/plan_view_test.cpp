// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/plan_view.hpp"

#include "samples.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;
using namespace rigsetup::cli::test;

TEST_CASE("a plan on a wide terminal") {
  CHECK(plan_text(plan(), "Debian GNU/Linux 12 (bookworm)", terminal(120)) ==
        R"(Plan for demo on /srv/image (Debian GNU/Linux 12 (bookworm))

  + sources  repository contrib, non-free  nothing → contrib, non-free
  = motd     file /etc/motd                as wanted: 9 B
  ~ banner   file /etc/issue               mode 0600 → mode 0644
  ~ cuda     packages nvidia-cuda-toolkit  not installed → 11.8.89~11.8.0-5
  ? venv     virtualenv /opt/venv          decided later: python3-venv is not installed yet
  ✓ nvcc     nvcc compiles and links       will be checked: it was never run
  – gpu      an NVIDIA GPU answers         skipped: no NVIDIA GPU here

Repair first: an earlier dpkg was interrupted and will be finished
    mawk is half-configured

Packages for cuda: 3 new, 1 upgraded, 1 removed; download 1.6 GB, 5.6 GB more on disk
  - libcudart-old        10.1, removed
  + nvidia-cuda-toolkit  11.8.89~11.8.0-5  Debian:bookworm/non-free
  what else comes along (3):
    libc6 2.36-9 → 2.36-9+deb12u7     libcudart11.0 11.8.89~11.8.0-5    nvidia-cuda-dev 11.8.89~11.8.0-5
  held at these versions afterwards: nvidia-cuda-toolkit

Note: the lists are 12 min old

dpkg is repaired first · 3 of 7 steps to change · 1 decided later · 1 to check · download 1.6 GB · 5.6 GB more on disk ·
16.0 GB free
)");
}

TEST_CASE("a plan says what machine it is for, when that is only described") {
  protocol::PlanReply described;
  described.recipe = "demo";
  described.root = described.rig = "/srv/rig";
  CHECK(plan_text(described, "Ubuntu", plain())
            .starts_with("Plan for demo on the machine that /srv/rig describes (Ubuntu)\n"));
  described.root = "/srv/tree";
  CHECK(plan_text(described, "Ubuntu", plain())
            .starts_with("Plan for demo on /srv/tree (Ubuntu), for the machine that /srv/rig describes\n"));
}

TEST_CASE("a plan on a usual terminal") {
  CHECK(plan_text(plan(), "", terminal(80)) == R"(Plan for demo on /srv/image

  + sources  repository contrib, non-free  nothing → contrib, non-free
  = motd     file /etc/motd                as wanted: 9 B
  ~ banner   file /etc/issue               mode 0600 → mode 0644
  ~ cuda     packages nvidia-cuda-toolkit  not installed → 11.8.89~11.8.0-5
  ? venv     virtualenv /opt/venv          decided later: python3-venv is not
                                           installed yet
  ✓ nvcc     nvcc compiles and links       will be checked: it was never run
  – gpu      an NVIDIA GPU answers         skipped: no NVIDIA GPU here

Repair first: an earlier dpkg was interrupted and will be finished
    mawk is half-configured

Packages for cuda: 3 new, 1 upgraded, 1 removed; download 1.6 GB, 5.6 GB more on
disk
  - libcudart-old        10.1, removed
  + nvidia-cuda-toolkit  11.8.89~11.8.0-5  Debian:bookworm/non-free
  what else comes along (3):
    libc6 2.36-9 → 2.36-9+deb12u7     nvidia-cuda-dev 11.8.89~11.8.0-5
    libcudart11.0 11.8.89~11.8.0-5
  held at these versions afterwards: nvidia-cuda-toolkit

Note: the lists are 12 min old

dpkg is repaired first · 3 of 7 steps to change · 1 decided later · 1 to check ·
download 1.6 GB · 5.6 GB more on disk · 16.0 GB free
)");
}

TEST_CASE("a plan on a narrow terminal") {
  CHECK(plan_text(plan(), "", terminal(40)) == R"(Plan for demo on /srv/image

  + sources  repository cont…
      nothing → contrib, non-free
  = motd     file /etc/motd
      as wanted: 9 B
  ~ banner   file /etc/issue
      mode 0600 → mode 0644
  ~ cuda     packages nvidia…
      not installed → 11.8.89~11.8.0-5
  ? venv     virtualenv /opt…
      decided later: python3-venv is not
      installed yet
  ✓ nvcc     nvcc compiles a…
      will be checked: it was never run
  – gpu      an NVIDIA GPU a…
      skipped: no NVIDIA GPU here

Repair first: an earlier dpkg was
interrupted and will be finished
    mawk is half-configured

Packages for cuda: 3 new, 1 upgraded, 1
removed; download 1.6 GB, 5.6 GB more on
disk
  - libcudart-old        10.1, removed
  + nvidia-cuda-toolkit
      11.8.89~11.8.0-5
      Debian:bookworm/non-free
  what else comes along (3):
    libc6 2.36-9 → 2.36-9+deb12u7
    libcudart11.0 11.8.89~11.8.0-5
    nvidia-cuda-dev 11.8.89~11.8.0-5
  held at these versions afterwards:
  nvidia-cuda-toolkit

Note: the lists are 12 min old

dpkg is repaired first · 3 of 7 steps to
change · 1 decided later · 1 to check ·
download 1.6 GB · 5.6 GB more on disk ·
16.0 GB free
)");
}

TEST_CASE("a plan in ASCII, where nothing is wrapped") {
  CHECK(plan_text(plan(), "", plain()) == R"(Plan for demo on /srv/image

  + sources  repository contrib, non-free  nothing -> contrib, non-free
  = motd     file /etc/motd                as wanted: 9 B
  ~ banner   file /etc/issue               mode 0600 -> mode 0644
  ~ cuda     packages nvidia-cuda-toolkit  not installed -> 11.8.89~11.8.0-5
  ? venv     virtualenv /opt/venv          decided later: python3-venv is not installed yet
  * nvcc     nvcc compiles and links       will be checked: it was never run
  - gpu      an NVIDIA GPU answers         skipped: no NVIDIA GPU here

Repair first: an earlier dpkg was interrupted and will be finished
    mawk is half-configured

Packages for cuda: 3 new, 1 upgraded, 1 removed; download 1.6 GB, 5.6 GB more on disk
  - libcudart-old        10.1, removed
  + nvidia-cuda-toolkit  11.8.89~11.8.0-5  Debian:bookworm/non-free
  what else comes along (3):
    libc6 2.36-9 -> 2.36-9+deb12u7    nvidia-cuda-dev 11.8.89~11.8.0-5
    libcudart11.0 11.8.89~11.8.0-5
  held at these versions afterwards: nvidia-cuda-toolkit

Note: the lists are 12 min old

dpkg is repaired first, 3 of 7 steps to change, 1 decided later, 1 to check, download 1.6 GB, 5.6 GB more on disk, 16.0 GB free
)");
}

TEST_CASE("an empty plan says so") {
  protocol::PlanReply empty;
  empty.recipe = "demo";
  empty.root = "/";
  empty.empty = true;
  empty.steps = {{"motd", "file", "file /etc/motd", "as-wanted", "", "", "", -1}};
  CHECK(plan_text(empty, "", plain()) ==
        "Plan for demo on this machine\n\n  = motd  file /etc/motd  as wanted\n\nNothing to do.\n");
  CHECK_FALSE(changes_needed(empty));

  empty.steps = {
      {"gpu", "nvidia_gpu", "NVIDIA GPUs answer", "as-wanted", "", "", "deferred: no GPU yet", -1}};
  CHECK(plan_text(empty, "", plain()) ==
        "Plan for demo on this machine\n\n  = gpu  NVIDIA GPUs answer  deferred: no GPU yet\n\nNothing to "
        "do.\n");
}

TEST_CASE("changes are needed for a difference, a repair or what is decided later, not for a check") {
  const auto with = [](const char* verdict) {
    protocol::PlanReply reply;
    reply.steps = {{"a", "k", "t", verdict, "", "", "", -1}};
    return reply;
  };
  CHECK(changes_needed(with("change")));
  CHECK(changes_needed(with("pending")));
  CHECK_FALSE(changes_needed(with("check")));
  CHECK_FALSE(changes_needed(with("skip")));
  protocol::PlanReply repair = with("as-wanted");
  repair.repair = {"mawk is half-configured"};
  CHECK(changes_needed(repair));
}

TEST_CASE("text from elsewhere cannot drive the terminal") {
  protocol::PlanReply evil = plan();
  evil.recipe = "\x1b]0;owned\x07";
  evil.steps[0].want = "\x1b[2J";
  evil.steps[4].reason = "\r\x1b[A";
  evil.transactions[0].changes[4].name = "a\x1b[31m";
  evil.transactions[0].changes[0].origin = evil.notes[0] = evil.repair[0] = "\x1b";
  CHECK(plan_text(evil, "\x1b", plain()).find('\x1b') == std::string::npos);
}

TEST_CASE("complaints are shown all, with their line and a caret below the column") {
  const std::string source = "rigsetup: 1\nsteps:\n  - \u00e9lan: {mode: 0644}\n";
  const Complaints complaints{{{"r.yaml", 3, 5}, "there is no kind \u00e9lan", "did you mean plan?"},
                              {{"r.yaml", 9, 1}, "beyond the end", ""},
                              {{"r.yaml", 0, 0}, "the whole file", ""}};
  CHECK(complaints_text(complaints, source, plain()) ==
        "r.yaml:3:5: there is no kind \u00e9lan\n"
        "      - \u00e9lan: {mode: 0644}\n"
        "        ^\n"
        "    hint: did you mean plan?\n"
        "r.yaml:9:1: beyond the end\n"
        "r.yaml: the whole file\n");
}
