// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/left_jobs.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/host/watched_host.hpp>

#include "run/step_reporter.hpp"

namespace rigsetup {
namespace {

/// How the job ended, in words; empty when it was cancelled or is left once more.
std::string end_of(const RunnerSetup& setup, const std::filesystem::path& job, Reporter& reporter,
                   std::stop_token stop) {
  const std::string name = job.filename().string();
  Progress progress;
  progress.label = format("{} goes on from before the daemon was restarted", name);
  reporter.progress(progress);
  try {
    const WatchedHost watched(setup.host, reporter.when_busy());
    const Finished finished = watched.host().programs.adopt_job(job, apt::progress_watcher(reporter), stop);
    return format("{} went on while the daemon was away and ended: {}", name, finished.text());
  } catch (const Abandoned&) {
    return {};
  } catch (const Cancelled&) {
    return {};
  } catch (const Error& error) {
    return error.message();
  }
}

}  // namespace

void follow_left_jobs(const RunnerSetup& setup, Teller& teller, std::stop_token stop) {
  for (const std::filesystem::path& job : open_jobs(setup.folder)) {
    if (setup.abandon.stop_requested()) return;
    StepReporter reporter(teller, {job.parent_path().filename().string()});
    const std::string told = end_of(setup, job, reporter, stop);
    if (!told.empty()) reporter.finding(told, {});
  }
}

}  // namespace rigsetup
