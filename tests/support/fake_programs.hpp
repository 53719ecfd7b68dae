// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <rigsetup/base/error.hpp>
#include <rigsetup/host/programs.hpp>

namespace rigsetup::test {

/// Programs that are functions. Tell it how programs behave, use it, then ask what ran:
///
///     FakePrograms programs;
///     programs.on("dpkg-query", [](const Command&) { return finished(0, "nginx 1.2\n"); });
///     programs.on_job("apt-get", [&](const Job&, const JobWatcher& watcher, std::stop_token) {
///       watcher.status("pmstatus:nginx:50:Unpacking nginx");
///       return finished(0);
///     });
///
/// What was told last comes first. A program that nobody told of does not exist: Error(not_found). Any
/// thread.
class FakePrograms final : public Programs {
 public:
  using Matches = std::function<bool(const Command&)>;
  using Answer = std::function<Finished(const Command&)>;
  using JobAnswer = std::function<Finished(const Job&, const JobWatcher&, std::stop_token)>;

  void on(Matches matches, Answer answer) {
    std::lock_guard lock(mutex_);
    answers_.emplace_back(std::move(matches), std::move(answer));
  }
  void on(const std::string& program, Answer answer) { on(named(program), std::move(answer)); }
  /// How a program behaves when it runs as a job. Without one, a job behaves as `on` says.
  void on_job(Matches matches, JobAnswer answer) {
    std::lock_guard lock(mutex_);
    job_answers_.emplace_back(std::move(matches), std::move(answer));
  }
  void on_job(const std::string& program, JobAnswer answer) { on_job(named(program), std::move(answer)); }
  /// A job that an earlier daemon left; `job` is what adopt_job then finishes.
  void on_adopt(const std::filesystem::path& folder, Job job) {
    std::lock_guard lock(mutex_);
    left_.emplace_back(folder, std::move(job));
  }

  std::vector<Command> ran() const {
    std::lock_guard lock(mutex_);
    return ran_;
  }
  int times_ran(const std::string& program) const {
    int times = 0;
    for (const Command& command : ran()) times += named(program)(command);
    return times;
  }

  Finished run(const Command& command, std::stop_token stop) override {
    if (stop.stop_requested()) throw Cancelled();
    Finished result = answer_for(record(command))(command);
    if (command.on_output && !result.out.empty()) command.on_output(result.out);
    if (stop.stop_requested()) throw Cancelled();
    return result;
  }

  Finished run_job(const Job& job, const JobWatcher& watcher, std::stop_token stop) override {
    if (stop.stop_requested()) throw Cancelled();
    std::filesystem::create_directories(job.folder);
    return finish(job, watcher, stop);
  }

  Finished adopt_job(const std::filesystem::path& folder, const JobWatcher& watcher,
                     std::stop_token stop) override {
    const Finished result = finish(left_in(folder), watcher, stop);
    std::ofstream(folder / "seen");  // it is no open job any more
    return result;
  }

  static Finished finished(int exit_code, std::string out = {}, std::string err = {}) {
    Finished result;
    result.exit_code = exit_code;
    result.out = std::move(out);
    result.err = std::move(err);
    return result;
  }

 private:
  static Matches named(const std::string& program) {
    return [program](const Command& command) {
      return !command.argv.empty() &&
             (command.argv[0] == program || std::filesystem::path(command.argv[0]).filename() == program);
    };
  }
  const Command& record(const Command& command) {
    std::lock_guard lock(mutex_);
    ran_.push_back(command);
    return command;
  }
  Answer answer_for(const Command& command) const {
    std::lock_guard lock(mutex_);
    for (auto answer = answers_.rbegin(); answer != answers_.rend(); ++answer) {
      if (answer->first(command)) return answer->second;
    }
    throw Error(Code::not_found, "cannot run " + command.argv.at(0) + ": there is no such program");
  }
  Finished finish(const Job& job, const JobWatcher& watcher, std::stop_token stop) {
    record(job.command);
    Finished result = job_answer_for(job.command)(job, watcher, stop);
    if (!result.out.empty()) {
      std::ofstream(job.log, std::ios::app) << result.out;
      if (watcher.output) watcher.output(result.out);
    }
    if (stop.stop_requested() && job.may_cut) throw Cancelled();
    return result;
  }
  JobAnswer job_answer_for(const Command& command) const {
    {
      std::lock_guard lock(mutex_);
      for (auto answer = job_answers_.rbegin(); answer != job_answers_.rend(); ++answer) {
        if (answer->first(command)) return answer->second;
      }
    }
    return [answer = answer_for(command)](const Job& job, const JobWatcher&, std::stop_token) {
      return answer(job.command);
    };
  }
  Job left_in(const std::filesystem::path& folder) const {
    std::lock_guard lock(mutex_);
    for (const auto& [where, job] : left_) {
      if (where == folder) return job;
    }
    throw Error(Code::not_found, "cannot adopt the job in " + folder.string() + ": there is none");
  }

  mutable std::mutex mutex_;
  std::vector<std::pair<Matches, Answer>> answers_;
  std::vector<std::pair<Matches, JobAnswer>> job_answers_;
  std::vector<std::pair<std::filesystem::path, Job>> left_;
  std::vector<Command> ran_;
};

}  // namespace rigsetup::test
