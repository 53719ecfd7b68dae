// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/host/watched_host.hpp>

namespace rigsetup {

Finished WatchedPrograms::run(const Command& command, std::stop_token stop) {
  if (command.busy) return programs_.run(command, stop);
  Command watched = command;
  watched.busy = busy_;
  return programs_.run(watched, stop);
}

Finished WatchedPrograms::run_job(const Job& job, const JobWatcher& watcher, std::stop_token stop) {
  return programs_.run_job(job, heard(watcher), stop);
}

Finished WatchedPrograms::adopt_job(const std::filesystem::path& folder, const JobWatcher& watcher,
                                    std::stop_token stop) {
  return programs_.adopt_job(folder, heard(watcher), stop);
}

JobWatcher WatchedPrograms::heard(const JobWatcher& watcher) const {
  JobWatcher heard = watcher;
  if (!heard.busy) heard.busy = busy_;
  return heard;
}

}  // namespace rigsetup
