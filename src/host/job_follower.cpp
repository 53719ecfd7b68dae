// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "host/job_follower.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

#include "host/entering.hpp"

namespace rigsetup {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t k_kept = 64 << 10;
constexpr auto k_tick = Pulse::k_interval;  // should a notification ever be missed

struct CutStep {
  std::chrono::seconds after;
  int signal;
};
constexpr std::array<CutStep, 3> k_cut_steps{{{0s, SIGINT}, {10s, SIGTERM}, {30s, SIGKILL}}};

Descriptor watch_process(pid_t pid) {
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

}  // namespace

std::string Tail::next() {
  if (!file_) file_ = Descriptor(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file_) return {};
  std::string piece(64 << 10, '\0');
  const ssize_t got = ::pread(file_.get(), piece.data(), piece.size(), static_cast<off_t>(at_));
  if (got < 0) throw errno_error("read " + path_.native(), errno);
  piece.resize(static_cast<std::size_t>(got));
  at_ += piece.size();
  return piece;
}

JobFollower::JobFollower(const std::filesystem::path& folder, const JobWatcher& watcher)
    : folder_(folder),
      note_(read_note(folder_)),
      watcher_(watcher),
      status_(folder / "status", 0),
      log_(note_.log, note_.log_start),
      changes_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      look_at_(SteadyClock::now() + k_tick) {
  if (!wake_) throw errno_error("follow a job", errno);
  // Without them (a limit of the machine) the tick does it.
  ::inotify_add_watch(changes_.get(), folder.c_str(), IN_CREATE | IN_MODIFY | IN_MOVED_TO);
  ::inotify_add_watch(changes_.get(), note_.log.c_str(), IN_MODIFY);
}

Finished JobFollower::follow(std::stop_token stop, std::stop_token abandon) {
  const auto wake = [this] {
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
  };
  const std::stop_callback on_stop(stop, wake);
  const std::stop_callback on_abandon(abandon, wake);
  for (;;) {
    if (abandon.stop_requested()) throw Abandoned();
    const auto processes = read_processes(folder_);
    const bool at_work = supervised();
    // Looked for after the lock: a supervisor that is gone has written it, or never will.
    if (const auto exit = read_exit(folder_)) return result(*exit);
    // What lost its supervisor may go on: it must end before anybody repairs what it left.
    const bool orphan = !at_work && processes && processes->program.alive();
    if (!at_work && !orphan) return lost(processes.has_value());
    if (processes && (!process_ || orphan)) {
      process_ = watch_process(orphan ? processes->program.pid : processes->supervisor.pid);
    }
    const bool more = read_news();
    if (stop.stop_requested() && note_.may_cut && !abandon.stop_requested()) cut(processes);
    tell_busy(processes);
    if (!more) wait();
  }
}

// Is there a supervisor? It holds the lock as long as it lives; the kernel lets go of it.
bool JobFollower::supervised() const {
  const Descriptor lock(::open((folder_.root() / "lock").c_str(), O_RDWR | O_CLOEXEC));
  return lock && ::flock(lock.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

// True when there is more to read at once.
bool JobFollower::read_news() {
  for (std::string piece; !(piece = status_.next()).empty();) {
    line_ += piece;
    std::size_t begin = 0;
    for (std::size_t end; (end = line_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      if (watcher_.status) watcher_.status(std::string_view(line_).substr(begin, end - begin));
    }
    line_.erase(0, begin);
    if (line_.size() > k_kept) line_.clear();  // no line of any program we know
  }
  // Bounded: a program may write faster than we read, and must be stoppable all the same.
  for (int pieces = 0; pieces < 64; ++pieces) {
    const std::string piece = log_.next();
    if (piece.empty()) return false;
    out_ += piece;
    if (out_.size() > 2 * k_kept) out_.erase(0, out_.size() - k_kept);
    if (watcher_.output) watcher_.output(piece);
  }
  return true;
}

void JobFollower::cut(const std::optional<JobProcesses>& processes) {
  if (!cut_at_) cut_at_ = SteadyClock::now();
  while (steps_done_ < k_cut_steps.size() &&
         SteadyClock::now() >= *cut_at_ + k_cut_steps[steps_done_].after) {
    if (!processes) return;  // it is about to start
    const int number = k_cut_steps[steps_done_++].signal;
    if (processes->program.alive()) ::kill(-processes->program.pid, number);
  }
}

void JobFollower::tell_busy(const std::optional<JobProcesses>& processes) {
  if (!watcher_.busy || SteadyClock::now() < look_at_) return;
  look_at_ = SteadyClock::now() + k_tick;
  if (!processes) return;
  if (const auto beat = pulse_.look(processes->program.pid)) watcher_.busy(beat->what, beat->time);
}

void JobFollower::wait() {
  std::array<pollfd, 3> events{
      {{changes_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}, {process_.get(), POLLIN, 0}}};
  const auto until_look =
      std::chrono::duration_cast<std::chrono::milliseconds>(look_at_ - SteadyClock::now()) + 1ms;
  const auto most = std::clamp<std::chrono::milliseconds>(until_look, 1ms, k_tick);
  ::poll(events.data(), events.size(), static_cast<int>((watcher_.busy ? most : k_tick).count()));
  std::array<char, 4096> ignored;
  while (::read(changes_.get(), ignored.data(), ignored.size()) > 0) {
  }
  (void)!::read(wake_.get(), ignored.data(), sizeof(std::uint64_t));
}

Finished JobFollower::result(const JobExit& exit) {
  for (int rounds = 0; rounds < 64 && read_news(); ++rounds) {
  }
  Finished finished;
  finished.timed_out = exit.timed_out;
  if (exit.how == JobExit::How::exited) finished.exit_code = exit.number;
  if (exit.how == JobExit::How::signalled) finished.signal = exit.number;
  if (out_.size() > k_kept) out_.erase(0, out_.size() - k_kept);
  finished.out = std::move(out_);
  write_job_file(folder_, job_file::k_seen, "");
  if (cut_at_) throw Cancelled();
  if (exit.how == JobExit::How::not_started) throw errno_error("run " + note_.program, exit.number);
  rethrow_inside(finished, finished.out);
  return finished;
}

Finished JobFollower::lost(bool was_started) {
  Finished finished = result({JobExit::How::signalled, SIGKILL, false});
  finished.err =
      was_started ? "its supervisor was killed: how it ended is not known" : "it was never started";
  return finished;
}

}  // namespace rigsetup
