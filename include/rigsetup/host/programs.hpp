// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// Called every two seconds while a program runs, with what it is at, as seen in /proc ("postinst of foo", a
/// program's name), and how long.
using Busy = std::function<void(const std::string& what, std::chrono::seconds time)>;

/// A program to run. No shell; a clean environment (PATH, HOME, LC_ALL=C.UTF-8) plus `environment`.
struct Command {
  std::vector<std::string> argv;  ///< of a job: "{fd}" in it becomes the number of its status descriptor
  std::vector<std::pair<std::string, std::string>> environment;
  std::string input;                      ///< standard input; without one it is /dev/null
  std::optional<Owner> as;                ///< without one it runs as the daemon does
  std::filesystem::path directory = "/";  ///< inside the target when `inside`
  std::chrono::milliseconds timeout{0};   ///< 0: none
  std::size_t output_limit = 4 << 20;     ///< bytes of each stream that are kept
  bool inside = true;                     ///< in the target tree (chroot when it is not the machine itself)
  /// One of rigsetup's own helper programs, by its name alone. It runs on the machine, never inside.
  bool helper = false;
  std::function<void(std::string_view piece)> on_output;  ///< each piece of standard output as it comes
  Busy busy = {};                                         ///< not of a job, which has a JobWatcher
  std::string text() const;                               ///< quoted for a message
};

/// Thrown by every call on Programs once they were abandoned. Like Cancelled it is no Error; unlike Cancelled
/// nothing was stopped: jobs go on under their supervisors.
class Abandoned : public std::exception {
 public:
  const char* what() const noexcept override { return "abandoned"; }
};

/// How a program ended. Output that is not UTF-8 stays as it is; make it printable() before showing it.
struct Finished {
  int exit_code = -1;  ///< -1 when a signal ended it
  int signal = 0;
  bool timed_out = false;
  std::string out;  ///< of a job: the end of its log, standard output and error together
  std::string err;
  bool ok() const { return exit_code == 0; }
  std::string text() const;  ///< "exit status 2", "killed by signal 9", "timed out after ..."
};

/// A program that changes the machine and outlives the daemon: it runs under a supervisor in a session of its
/// own, and its pid, status lines and exit code are files in `folder`, so that a daemon started later can
/// follow it on.
struct Job {
  Command command;
  std::filesystem::path folder;  ///< on the machine (not in the target); made by run_job, must not exist yet
  std::filesystem::path log;     ///< standard output and error are appended here
  bool may_cut = true;           ///< false: a stop request waits for its end (dpkg unpacking)
};

/// What one sees of a running job; called in the thread that follows it.
struct JobWatcher {
  std::function<void(std::string_view line)> status;  ///< a line on the status descriptor
  std::function<void(std::string_view text)> output;  ///< a piece of the log
  Busy busy;
};

/// Runs programs for a target. The seam that tests replace. Any thread; each call blocks until the program
/// ended.
class Programs {
 public:
  virtual ~Programs() = default;
  /// Throws Error(not_found) when there is no such program, Cancelled when `stop` was requested (the
  /// program's group gets SIGTERM, later SIGKILL). A program that fails or times out is not an Error here:
  /// read Finished.
  virtual Finished run(const Command& command, std::stop_token stop) = 0;
  /// Starts a job and follows it to its end. On a stop request a job that may be cut gets SIGINT and
  /// Cancelled is thrown when it ended; one that may not is followed to its end and its result returned.
  virtual Finished run_job(const Job& job, const JobWatcher& watcher, std::stop_token stop) = 0;
  /// Goes on following a job that an earlier daemon started; from the start of its status file.
  virtual Finished adopt_job(const std::filesystem::path& folder, const JobWatcher& watcher,
                             std::stop_token stop) = 0;
};

/// Folders of jobs below `runs` whose exit was not seen yet: still running, or killed together with the
/// machine.
std::vector<std::filesystem::path> open_jobs(const std::filesystem::path& run_folder);

/// Programs for real. `libexec` holds the helper programs.
class RealPrograms final : public Programs {
 public:
  RealPrograms(std::filesystem::path target_root, std::filesystem::path libexec);
  Finished run(const Command& command, std::stop_token stop) override;
  Finished run_job(const Job& job, const JobWatcher& watcher, std::stop_token stop) override;
  Finished adopt_job(const std::filesystem::path& folder, const JobWatcher& watcher,
                     std::stop_token stop) override;
  /// The daemon goes: who follows a job leaves it alone and gets Abandoned at once, also when a stop is
  /// requested at the same time; run() ends its program and throws it; later calls throw it. Any thread;
  /// there is no way back.
  void abandon() { abandon_.request_stop(); }

 private:
  std::vector<std::string> wrapped(Command command) const;
  std::filesystem::path target_root_;
  std::filesystem::path libexec_;
  std::stop_source abandon_;
};

}  // namespace rigsetup
