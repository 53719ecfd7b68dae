// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "host/job_folder.hpp"

#include <cerrno>
#include <charconv>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "host/descriptor.hpp"

namespace rigsetup {
namespace {

constexpr auto k_reserved = "/ending";
constexpr std::size_t k_exit_size = 64;

std::string boot_id() {
  return std::string(trim(Tree("/").read("/proc/sys/kernel/random/boot_id").value_or("")));
}

template <class Number>
Number number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(Code::io, format("cannot understand '{}' in a job's folder", printable(text)));
  }
  return value;
}

struct ProcessStat {
  std::string state;
  std::uint64_t started;
};

std::optional<ProcessStat> stat_of(pid_t pid) {
  const auto stat = Tree("/").read(format("/proc/{}/stat", pid));
  if (!stat) return std::nullopt;
  // The name in parentheses may hold anything, also a parenthesis.
  const auto words = split_words(std::string_view(*stat).substr(stat->rfind(')') + 1));
  constexpr std::size_t k_field = 22 - 3;  // the first word behind the name is field 3
  if (words.size() <= k_field) return std::nullopt;
  return ProcessStat{words[0], number<std::uint64_t>(words[k_field])};
}

std::string line_of(const ProcessMark& mark) {
  return format("{} {} {}\n", mark.pid, mark.started, mark.boot);
}

ProcessMark mark_from(const std::string& line) {
  const auto words = split_words(line);
  if (words.size() != 3)
    throw Error(Code::io, format("cannot understand '{}' in a job's folder", printable(line)));
  return {number<pid_t>(words[0]), number<std::uint64_t>(words[1]), words[2]};
}

}  // namespace

ProcessMark ProcessMark::of(pid_t pid) {
  const auto stat = stat_of(pid);
  if (!stat) throw Error(Code::io, format("cannot find the process {}", pid));
  return {pid, stat->started, boot_id()};
}

bool ProcessMark::alive() const {
  const auto stat = stat_of(pid);
  return stat && stat->started == started && stat->state != "Z" && stat->state != "X" && boot_id() == boot;
}

void write_job_file(const Tree& folder, const char* name, std::string_view text) {
  folder.write(name, text, 0600, Owner{::geteuid(), ::getegid()});
}

void write_processes(const Tree& folder, const JobProcesses& processes) {
  write_job_file(folder, job_file::k_pid, line_of(processes.supervisor) + line_of(processes.program));
}

std::optional<JobProcesses> read_processes(const Tree& folder) {
  const auto text = folder.read(job_file::k_pid);
  if (!text) return std::nullopt;
  const auto lines = split_lines(*text);
  if (lines.size() != 2) throw Error(Code::io, format("cannot understand {}/pid", folder.root().native()));
  return JobProcesses{mark_from(lines[0]), mark_from(lines[1])};
}

void reserve_exit(const Tree& folder) { write_job_file(folder, k_reserved, std::string(k_exit_size, ' ')); }

void write_exit(const Tree& folder, const JobExit& exit) {
  const std::string_view how = exit.how == JobExit::How::exited      ? "exit"
                               : exit.how == JobExit::How::signalled ? "signal"
                                                                     : "errno";
  std::string text = format("{} {}{}", how, exit.number, exit.timed_out ? " late" : "");
  text.resize(k_exit_size, ' ');
  const auto path = folder.root().native();
  const Descriptor file(::open((path + k_reserved).c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  const Descriptor names(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file || !names ||
      ::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      ::fsync(file.get()) != 0 ||
      ::rename((path + k_reserved).c_str(), (path + job_file::k_exit).c_str()) != 0 ||
      ::fsync(names.get()) != 0) {
    throw errno_error("keep the exit status in " + path, errno);
  }
}

std::optional<JobExit> read_exit(const Tree& folder) {
  const auto text = folder.read(job_file::k_exit);
  if (!text) return std::nullopt;
  const auto words = split_words(*text);
  if (words.size() < 2) throw Error(Code::io, format("cannot understand {}/exit", folder.root().native()));
  JobExit exit;
  exit.how = words[0] == "exit"     ? JobExit::How::exited
             : words[0] == "signal" ? JobExit::How::signalled
                                    : JobExit::How::not_started;
  exit.number = number<int>(words[1]);
  exit.timed_out = words.size() > 2;
  return exit;
}

void write_note(const Tree& folder, const JobNote& note) {
  write_job_file(folder, job_file::k_job,
                 format("{}\n{}\n{}\n{}\n", note.log.native(), note.log_start,
                        note.may_cut ? "may be cut" : "not", note.program));
}

JobNote read_note(const Tree& folder) {
  const auto text = folder.read(job_file::k_job);
  const auto lines = split_lines(text.value_or(""));
  if (lines.size() != 4) {
    throw Error(Code::not_found,
                format("cannot follow the job in {}: there is none", folder.root().native()));
  }
  return {lines[0], number<std::uint64_t>(lines[1]), lines[2] == "may be cut", lines[3]};
}

}  // namespace rigsetup
