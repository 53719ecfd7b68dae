// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

#include <rigsetup/data/value.hpp>

#include "tests/support/http_client.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rigsetup::test {

/// What the daemons of one test share: state, socket, and a tiny root to work on.
struct Bed {
  Bed();
  Bed(const Bed&) = delete;
  ~Bed();
  TemporaryFolder folder;
  std::filesystem::path state = folder / "state";
  std::filesystem::path socket = folder / "run" / "rigsetup.sock";
  std::filesystem::path data = folder / "recipes";
  std::filesystem::path root = folder / "root";
  std::filesystem::path config = folder / "rigsetupd.yaml";

  /// Path, type, mode, owner, size and content of everything in the root: equal texts, equal trees.
  std::string listing() const;
};

/// The built rigsetupd, for real. It is killed at the end, if it still runs.
class RunningDaemon {
 public:
  explicit RunningDaemon(const Bed& bed, std::vector<std::string> more = {});  ///< waits until it answers
  RunningDaemon(const RunningDaemon&) = delete;
  ~RunningDaemon();

  pid_t pid() const { return pid_; }
  int stop();   ///< SIGTERM; waits for its end; the exit status
  void kill();  ///< SIGKILL; waits for its end

 private:
  pid_t pid_ = -1;
};

struct Ended {
  int status = -1;  ///< exit status; -1: a signal
  std::string errors;
};
/// Runs rigsetupd with these options to its end.
Ended run_daemon(const std::vector<std::string>& options);
std::vector<std::string> options_for(const Bed& bed);

/// A request body for an inline recipe with these steps (YAML, indented by two) on the bed's root, once.
Value inline_recipe(const Bed& bed, const std::string& steps);
/// Plans and starts; the run's id.
std::int64_t start_run(const Bed& bed, const std::string& steps);
/// Of the jobs that go on: their supervisors, and everything below them.
std::vector<pid_t> job_processes(const Bed& bed);
/// Writes that recipe where the active one of the bed's root is.
void make_active(const Bed& bed, const std::string& steps);
/// Follows a run to its end; all its lines but those of progress.
std::vector<Value> follow(const Bed& bed, std::int64_t run);
std::string outcome_of(const Bed& bed, std::int64_t run);

/// Waits for a file or a condition with patience; false when it does not come.
bool eventually(const std::function<bool()>& condition);
std::string read_file(const std::filesystem::path& file);
/// "RssAnon", in bytes.
std::size_t anonymous_bytes(pid_t pid);
/// The most that it ever had in memory ("VmHWM"), in bytes.
std::size_t peak_bytes(pid_t pid);
std::size_t open_descriptors(pid_t pid);
/// The same once it stays as it is: a daemon closes a moment after its client.
std::size_t settled_descriptors(pid_t pid);
/// Of all its threads together.
std::size_t context_switches(pid_t pid);

}  // namespace rigsetup::test
