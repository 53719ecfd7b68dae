// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include <rigsetup/host/programs.hpp>

#include "host/culprit.hpp"
#include "host/descriptor.hpp"
#include "host/job_folder.hpp"

namespace rigsetup {

/// Reads a file from where it stopped the last time.
class Tail {
 public:
  Tail(std::filesystem::path path, std::uint64_t from) : path_(std::move(path)), at_(from) {}
  /// What was added, at most 64 KiB of it; empty when there is nothing more.
  std::string next();

 private:
  std::filesystem::path path_;
  Descriptor file_;
  std::uint64_t at_;
};

/// Follows one job through the files of its folder, in the calling thread. Sleeps until one of them changes.
class JobFollower {
 public:
  JobFollower(const std::filesystem::path& folder, const JobWatcher& watcher);
  Finished follow(std::stop_token stop, std::stop_token abandon);

 private:
  bool supervised() const;
  bool read_news();
  void cut(const std::optional<JobProcesses>& processes);
  void tell_busy(const std::optional<JobProcesses>& processes);
  void wait();
  Finished result(const JobExit& exit);
  Finished lost(bool was_started);

  Tree folder_;
  JobNote note_;
  const JobWatcher& watcher_;
  Tail status_;
  Tail log_;
  std::string line_;    // the beginning of a status line
  std::string out_;     // the end of the log
  Descriptor changes_;  // inotify
  Descriptor wake_;     // eventfd
  Descriptor process_;  // pidfd of the supervisor, later of a program that lost it
  std::optional<std::chrono::steady_clock::time_point> cut_at_;
  std::size_t steps_done_ = 0;
  Pulse pulse_;
  std::chrono::steady_clock::time_point look_at_;  // when the processes are looked at next
};

}  // namespace rigsetup
