// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/programs.hpp>

#include "host/job_folder.hpp"
#include "host/job_follower.hpp"

namespace rigsetup {
namespace {

namespace fs = std::filesystem;

void make_folders(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw errno_error("make " + path.native(), error.value());
}

std::uint64_t open_log(const fs::path& log) {
  make_folders(log.parent_path());
  const Descriptor file(::open(log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) throw errno_error("open the log " + log.native(), errno);
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

Finished RealPrograms::run_job(const Job& job, const JobWatcher& watcher, std::stop_token stop) {
  if (abandon_.stop_requested()) throw Abandoned();
  if (stop.stop_requested()) throw Cancelled();
  const std::vector<std::string> program = wrapped(job.command);
  const fs::path path = fs::absolute(job.folder);
  const fs::path log = fs::absolute(job.log);
  const std::uint64_t log_start = open_log(log);
  make_folders(path.parent_path());
  if (::mkdir(path.c_str(), 0700) != 0) throw errno_error("make the folder of a job " + path.native(), errno);
  const Tree folder(path);
  if (!job.command.input.empty()) write_job_file(folder, job_file::k_input, job.command.input);
  write_note(folder, {log, log_start, job.may_cut, job.command.argv[0]});

  Command start;
  start.argv = {libexec_ / "supervisor", "--folder", path, "--log", log};
  if (job.command.timeout.count() > 0) {
    start.argv.insert(start.argv.end(), {"--timeout", std::to_string(job.command.timeout.count())});
  }
  start.argv.emplace_back("--");
  start.argv.insert(start.argv.end(), program.begin(), program.end());
  start.environment = job.command.environment;
  start.inside = false;
  // Takes a moment and is not cut: from here on there is a job, or there is none.
  const Finished started = run(start, {});
  if (!started.ok()) {
    throw Error(Code::program, format("cannot run {} under a supervisor: {}", job.command.argv[0],
                                      last_lines(started.err, 3)));
  }
  return JobFollower(path, watcher).follow(stop, abandon_.get_token());
}

Finished RealPrograms::adopt_job(const fs::path& folder, const JobWatcher& watcher, std::stop_token stop) {
  return JobFollower(fs::absolute(folder), watcher).follow(stop, abandon_.get_token());
}

std::vector<fs::path> open_jobs(const fs::path& run_folder) {
  std::vector<fs::path> found;
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(run_folder, options, error), end; !error && at != end;
       at.increment(error)) {
    constexpr int k_deepest = 1;  // STEP/JOB
    if (at.depth() == k_deepest) at.disable_recursion_pending();
    if (!at->is_directory(error) || at->is_symlink(error)) continue;
    if (fs::exists(at->path() / "job", error) && !fs::exists(at->path() / "seen", error))
      found.push_back(at->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace rigsetup
