// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/types.h>

#include <rigsetup/host/tree.hpp>

namespace rigsetup {

/// What is agreed between who starts a job, its supervisor and who follows it. The files of a job's folder:
///
///     job      log, its size before the job, whether it may be cut      written before anything starts
///     input    standard input, if there is one
///     lock     held (flock) from before the start until the supervisor's end, however it ends
///     pid      supervisor and program, each with its start time          written before the program runs
///     status   what the program wrote to its status descriptor
///     exit     how it ended                                              complete and synced, or not there
///     seen     somebody got the result
namespace job_file {
inline constexpr auto k_job = "/job";
inline constexpr auto k_input = "/input";
inline constexpr auto k_lock = "/lock";
inline constexpr auto k_pid = "/pid";
inline constexpr auto k_status = "/status";
inline constexpr auto k_exit = "/exit";
inline constexpr auto k_seen = "/seen";
}  // namespace job_file

/// A process that is not confused with a later one of the same number, nor with one of another boot.
struct ProcessMark {
  pid_t pid = 0;
  std::uint64_t started = 0;  ///< field 22 of /proc/PID/stat, in clock ticks since boot
  std::string boot;
  static ProcessMark of(pid_t pid);  ///< throws when there is no such process
  bool alive() const;                ///< and no zombie
  bool operator==(const ProcessMark&) const = default;
};

struct JobProcesses {
  ProcessMark supervisor;
  ProcessMark program;  ///< leader of its session and group
};
void write_processes(const Tree& folder, const JobProcesses& processes);
std::optional<JobProcesses> read_processes(const Tree& folder);

struct JobExit {
  enum class How { exited, signalled, not_started } how = How::exited;
  int number = 0;  ///< exit code, signal, or errno
  bool timed_out = false;
};
/// Takes the space for `exit` beforehand: a program that filled the disk shall not lose its exit status too.
void reserve_exit(const Tree& folder);
void write_exit(const Tree& folder, const JobExit& exit);
std::optional<JobExit> read_exit(const Tree& folder);

struct JobNote {
  std::filesystem::path log;
  std::uint64_t log_start = 0;
  bool may_cut = true;
  std::string program;
};
void write_note(const Tree& folder, const JobNote& note);
JobNote read_note(const Tree& folder);

void write_job_file(const Tree& folder, const char* name, std::string_view text);

}  // namespace rigsetup
