// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "samples.hpp"

namespace rigsetup::cli::test {

Screen terminal(int width) {
  Screen screen;
  screen.live = true;
  screen.utf8 = true;
  screen.width = width;
  return screen;
}

Screen plain(int width) {
  Screen screen;
  screen.width = width;
  return screen;
}

Moment second(int offset) { return *moment_from("2026-11-23T16:30:00Z") + std::chrono::seconds(offset); }

std::vector<Record> records_up_to(int last) {
  RunStarted started;
  started.recipe = "demo";
  started.root = "/srv/image";
  started.recipe_digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  started.plan_digest = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752";
  started.caller = {0, "root", 812, "pts/3"};
  started.steps = {{"sources", "apt_repository", "repository contrib, non-free"},
                   {"motd", "file", "file /etc/motd"},
                   {"cuda", "apt_packages", "packages nvidia-cuda-toolkit"},
                   {"venv", "virtualenv", "virtualenv /opt/venv"},
                   {"nvcc", "nvcc_compiles", "nvcc compiles and links"},
                   {"gpu", "nvidia_gpu", "an NVIDIA GPU answers"}};
  StepFinished nvcc{"nvcc", Outcome::failed, "", {}, {}, 600};
  nvcc.evidence = {
      {"nvcc -o probe probe.cu", "gcc: fatal error: cannot execute 'cc1plus'\ncompilation terminated."}};
  nvcc.faults = {{Code::program, "cannot compile a CUDA program: nvcc ended with 1", "install g++-12"}};
  const std::vector<std::pair<int, Event>> events{
      {0, started},
      {0, StepStarted{"sources", "", "contrib, non-free"}},
      {1, StepFinished{"sources", Outcome::changed, "", {}, {}, 1200}},
      {1, StepFinished{"motd", Outcome::as_wanted, "", {}, {}, 2}},
      {1, StepStarted{"cuda", "not installed", "11.8.89~11.8.0-5"}},
      {40, PhaseEnded{"cuda", "downloading", 38'000, 1'637'000'000, "bytes"}},
      {60, Finding{"cuda", "kept /etc/nvidia.conf as it is", "compare it with /etc/nvidia.conf.dpkg-dist"}},
      {90, StepFinished{"cuda", Outcome::changed, "", {}, {}, 89'000}},
      {90, StepStarted{"venv", "", "6 packages"}},
      {91, RetryScheduled{"venv", 2000, "cannot fetch the index: connection reset"}},
      {94, StepFinished{"venv", Outcome::cancelled, "cut while downloading", {}, {}, 4000}},
      {95, nvcc},
      {96, StepFinished{"gpu", Outcome::deferred, "an image has no GPU: at its first boot", {}, {}, 0}},
      {96, RebootNeeded{"cuda", "the kernel module is newer than the running one"}},
      {96, RunFinished{RunOutcome::failed, {}}}};
  std::vector<Record> records;
  for (const auto& [time, event] : events)
    if (time <= last)
      records.push_back({12, static_cast<std::int64_t>(records.size()) + 1, second(time), event});
  return records;
}

RunState state_of(const std::vector<Record>& records) {
  RunState state;
  for (const Record& record : records) apply(state, record);
  return state;
}

Activities activities_of(const std::vector<Record>& records) {
  Activities activities;
  for (const Record& record : records) activities.record(record);
  return activities;
}

protocol::PlanReply plan() {
  protocol::PlanReply plan;
  plan.recipe = "demo";
  plan.root = "/srv/image";
  plan.repair = {"mawk is half-configured"};
  plan.steps = {{"sources", "apt_repository", "repository contrib, non-free", "change", "",
                 "contrib, non-free", "", -1},
                {"motd", "file", "file /etc/motd", "as-wanted", "9 B", "", "", -1},
                {"banner", "file", "file /etc/issue", "change", "mode 0600", "mode 0644", "", -1},
                {"cuda", "apt_packages", "packages nvidia-cuda-toolkit", "change", "not installed",
                 "11.8.89~11.8.0-5", "", 0},
                {"venv", "virtualenv", "virtualenv /opt/venv", "pending", "", "",
                 "python3-venv is not installed yet", -1},
                {"nvcc", "nvcc_compiles", "nvcc compiles and links", "check", "", "", "it was never run", -1},
                {"gpu", "nvidia_gpu", "an NVIDIA GPU answers", "skip", "", "", "no NVIDIA GPU here", -1}};
  protocol::PlanReply::Transaction transaction;
  transaction.steps = {"cuda"};
  transaction.hold = {"nvidia-cuda-toolkit"};
  transaction.changes = {
      {"upgrade", "libc6", "2.36-9", "2.36-9+deb12u7", "Debian:bookworm", false, 1, 1},
      {"remove", "libcudart-old", "10.1", "", "", false, 0, -1},
      {"install", "libcudart11.0", "", "11.8.89~11.8.0-5", "Debian:bookworm/non-free", false, 1, 1},
      {"install", "nvidia-cuda-dev", "", "11.8.89~11.8.0-5", "Debian:bookworm/non-free", false, 1, 1},
      {"install", "nvidia-cuda-toolkit", "", "11.8.89~11.8.0-5", "Debian:bookworm/non-free", true, 1, 1}};
  transaction.download_bytes = 1'637'000'000;
  transaction.disk_bytes = 5'608'000'000;
  plan.transactions = {transaction};
  plan.notes = {"the lists are 12 min old"};
  plan.download_bytes = transaction.download_bytes;
  plan.disk_bytes = transaction.disk_bytes;
  plan.free_bytes = 16'000'000'000;
  return plan;
}

protocol::StatusReply status() {
  protocol::StatusReply status;
  status.root = "/";
  status.os = "Debian GNU/Linux 12 (bookworm)";
  status.recipe = "demo";
  status.recipe_file = "/etc/rigsetup/recipe.yaml";
  status.run = 12;
  status.outcome = "done";
  status.ended = "2026-11-23T16:30:00Z";
  status.steps = {{"cuda", "apt_packages", "packages nvidia-cuda-toolkit", "as-wanted",
                   "nvidia-cuda-toolkit 11.8.89", "", ""},
                  {"motd", "file", "file /etc/motd", "differs", "mode 0600", "mode 0644", ""},
                  {"gone", "file", "file /etc/gone", "differs", "", "a file", ""},
                  {"venv", "virtualenv", "virtualenv /opt/venv", "skipped", "", "", "no NVIDIA GPU here"}};
  status.checks = {
      {"nvcc", "nvcc_compiles", "passed", "", "", "2026-11-23T16:30:00Z", {{"nvcc probe.cu", "ok"}}},
      {"import",
       "python_import",
       "failed",
       "cannot import torch",
       "pip install torch",
       "2026-11-23T16:33:00Z",
       {{"python -c 'import torch'", "ModuleNotFoundError"}}},
      {"gpu", "nvidia_gpu", "unknown", "", "", "", {}}};
  return status;
}

}  // namespace rigsetup::cli::test
