// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <rigsetup/journal/journal.hpp>
#include <rigsetup/plan/planner.hpp>
#include <rigsetup/run/runner.hpp>

#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_downloads.hpp"
#include "tests/support/fake_programs.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rigsetup::test {

/// A root, a journal and all that a run works with; programs, downloads and time are the fakes.
struct World {
  World() {
    tree.make_directories("/etc");
    tree.make_directories("/var/lib/dpkg");
    tree.write("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian 12\"\n");
    tree.write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
    tree.write("/etc/group", "root:x:0:\n");
    tree.write("/var/lib/dpkg/status", "");
  }

  Plan plan(const BuiltRecipe& recipe) {
    SilentReporter reporter;
    const LastCheck never_run = [](const Step&) { return Standing{false, "never run here"}; };
    return make_plan(recipe, {host, downloads, archive, never_run, folder / "keys", reporter, {}});
  }
  std::int64_t begin(const Plan& plan) {
    RunStarted started;
    started.recipe = plan.recipe;
    started.root = plan.root;
    for (const PlanStep& step : plan.steps) started.steps.push_back({step.id, step.kind, step.title});
    return journal.begin({}, started);
  }
  void resume(std::int64_t run) { journal.append(run, RunResumed{clock.boot_id(), "the test says so"}); }

  RunOutcome run(const BuiltRecipe& recipe, const Plan& plan, std::int64_t run) {
    return Runner(setup(run)).run(recipe, plan, run, stop.get_token());
  }
  /// Plan, begin, run.
  RunOutcome run(const BuiltRecipe& recipe) {
    const Plan made = plan(recipe);
    last = begin(made);
    return run(recipe, made, last);
  }
  RunnerSetup setup(std::int64_t run) {
    return {journal,         host,      downloads,          archive, apt_settings, run_folder(run),
            folder / "logs", k_workers, abandon.get_token()};
  }
  std::filesystem::path run_folder(std::int64_t run) const { return folder / "runs" / std::to_string(run); }

  void cancel(std::int64_t run) {
    journal.append(run, CancelRequested{});
    stop.request_stop();
  }
  /// As the run thread does when the daemon goes.
  void leave() {
    abandon.request_stop();
    stop.request_stop();
  }

  /// What was recorded after `after`: "a started", "a changed", "c not-tried: needs a, which failed", "run
  /// done".
  std::vector<std::string> story(std::int64_t run, std::int64_t after = 1) const;

  static constexpr int k_workers = 4;
  TemporaryFolder folder;
  std::filesystem::path root = made(folder / "root");
  Tree tree{root};
  FakePrograms programs;
  FakeClock clock;
  FakeDownloads downloads;
  Host host{tree, programs, clock};
  apt::Settings apt_settings{folder / "apt"};
  apt::Archive archive{host, apt_settings};
  Journal journal{folder / "journal.db"};
  std::stop_source stop;
  std::stop_source abandon;
  std::int64_t last = 0;

 private:
  static std::filesystem::path made(std::filesystem::path path) {
    std::filesystem::create_directories(path);
    return path;
  }
};

/// An event as one word or two.
struct Tell {
  std::string operator()(const RunStarted&) const { return "run started"; }
  std::string operator()(const RunResumed&) const { return "run resumed"; }
  std::string operator()(const PlanChanged& event) const {
    std::string text = "planned again";
    for (const std::string& difference : event.differences) text += ": " + difference;
    return text;
  }
  std::string operator()(const StepStarted& event) const { return event.step + " started"; }
  std::string operator()(const StepFinished& event) const {
    std::string text = event.step + " " + std::string(to_string(event.outcome));
    if (!event.reason.empty()) text += ": " + event.reason;
    for (const Fault& fault : event.faults) text += ": " + fault.message;
    return text;
  }
  std::string operator()(const PhaseEnded& event) const { return event.step + " phase " + event.label; }
  std::string operator()(const Finding& event) const { return event.step + " found: " + event.message; }
  std::string operator()(const RetryScheduled& event) const { return event.step + " again: " + event.why; }
  std::string operator()(const CancelRequested&) const { return "cancel requested"; }
  std::string operator()(const RebootNeeded& event) const {
    return event.step + " needs a reboot: " + event.why;
  }
  std::string operator()(const RunFinished& event) const {
    return "run " + std::string(to_string(event.outcome));
  }
};

inline std::vector<std::string> World::story(std::int64_t run, std::int64_t after) const {
  std::vector<std::string> told;
  for (const Record& record : journal.read(run, after, 1000))
    told.push_back(std::visit(Tell{}, record.event));
  return told;
}

}  // namespace rigsetup::test
