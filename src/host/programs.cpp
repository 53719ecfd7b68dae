// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// The one file that knows Boost.Process and Asio. Traps it avoids, each met before:
//  1. Asio's descriptors and Boost's pipes are not close-on-exec: the child marks everything from 3 up
//  (close_range), which
//     keeps the pipe alive through which Boost reports a failed exec. limit_handles would close that one too.
//  2. A failed exec leaves a zombie: the error_code form of child, and a handler that reaps.
//  3. on_exit needs a process-wide SIGCHLD handler: a pidfd tells the same without one. The child is not
//  reaped before its
//     group was signalled, so that the number cannot belong to somebody else.
//  4. A grandchild that keeps standard output open would keep us reading: reading ends shortly after the
//  exit.
//  5. ~child kills: it is detached at once, and this file's own object ends what is still running.
#include <array>
#include <utility>  // Asio 1.18 forgets it

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/process.hpp>
#include <boost/process/extend.hpp>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/host/programs.hpp>

#include "host/culprit.hpp"
#include "host/descriptor.hpp"
#include "host/entering.hpp"

namespace rigsetup {
namespace {

namespace asio = boost::asio;
namespace bp = boost::process;
using namespace std::chrono_literals;

constexpr auto k_grace = 5s;             // from SIGTERM to SIGKILL
constexpr auto k_grace_leaving = 300ms;  // the same when the daemon itself must go
constexpr auto k_drain = 2s;             // for output after the exit

// What happens in the child between fork and exec: only calls that are safe there.
struct ChildSetup : bp::extend::handler {
  int input;
  pid_t parent;
  ChildSetup(int input_fd, pid_t parent_pid) : input(input_fd), parent(parent_pid) {}

  template <class Executor>
  void on_exec_setup(Executor&) const {
    ::setsid();  // a group of its own, and no terminal to ask questions on
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::umask(022);
    if (::chdir("/") != 0) ::_exit(k_inside_failed);
    if (input >= 0 && ::dup2(input, STDIN_FILENO) < 0) ::_exit(k_inside_failed);
    // A program whose reader died is of no use to anybody.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(k_inside_failed);
    if (::syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) != 0) {
      const int most = static_cast<int>(::sysconf(_SC_OPEN_MAX));
      for (int fd = 3; fd < most; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
  }
  template <class Executor>
  void on_error(Executor& executor, const std::error_code&) const {
    if (executor.pid > 0) ::waitpid(executor.pid, nullptr, 0);
  }
};

Descriptor file_with(const std::string& input) {
  Descriptor file(::memfd_create("input", MFD_CLOEXEC));
  if (!file) throw errno_error("make room for a program's input", errno);
  for (std::size_t done = 0; done < input.size();) {
    const ssize_t written = ::write(file.get(), input.data() + done, input.size() - done);
    if (written < 0) throw errno_error("hold a program's input", errno);
    done += static_cast<std::size_t>(written);
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

/// One program from start to end, on an io_context of its own in the calling thread.
class Execution {
 public:
  Execution(const Command& command, const std::vector<std::string>& argv) : command_(command) { start(argv); }
  Execution(const Execution&) = delete;
  ~Execution() {
    if (reaped_) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  Finished follow(std::stop_token stop, std::stop_token abandon) {
    read(out_, result_.out, command_.on_output);
    read(err_, result_.err, {});
    exited_.async_wait(asio::posix::stream_descriptor::wait_read, [this](auto) { on_exit(); });
    if (command_.timeout > 0ms) {
      deadline_.expires_after(command_.timeout);
      deadline_.async_wait([this](auto error) {
        if (error) return;
        result_.timed_out = true;
        end(k_grace);
      });
    }
    const auto on_stop = [this](std::chrono::milliseconds grace) {
      return [this, grace] {
        asio::post(io_, [this, grace] {
          cut_ = true;
          end(grace);
        });
      };
    };
    if (command_.busy) look_later();
    const std::stop_callback stopping(stop, on_stop(k_grace));
    const std::stop_callback leaving(abandon, on_stop(k_grace_leaving));
    io_.run();
    if (abandon.stop_requested() && cut_) throw Abandoned();
    if (cut_) throw Cancelled();
    return std::move(result_);
  }

 private:
  void start(const std::vector<std::string>& argv) {
    const Descriptor input = command_.input.empty() ? Descriptor() : file_with(command_.input);
    bp::environment environment;
    for (const auto& [name, value] : full_environment(command_)) environment[name] = value;
    const std::vector<std::string> arguments(argv.begin() + 1, argv.end());
    std::error_code error;
    bp::child child(bp::exe = argv[0], bp::args = arguments, environment,
                    bp::std_in<bp::null, bp::std_out> out_, bp::std_err > err_,
                    ChildSetup(input.get(), ::getpid()), error);
    if (error) {
      const std::string& program = command_.argv[0];
      if (error.value() == ENOENT) {
        throw Error(Code::not_found,
                    format("cannot run {}: there is no such program, or no interpreter for it", program));
      }
      throw errno_error("run " + program, error.value());
    }
    pid_ = child.id();
    child.detach();
    reaped_ = false;
    const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    if (pidfd < 0) throw errno_error("watch " + command_.argv[0], errno);
    exited_.assign(pidfd);
  }

  void read(bp::async_pipe& pipe, std::string& kept, const std::function<void(std::string_view)>& on_piece) {
    auto& buffer = &pipe == &out_ ? out_buffer_ : err_buffer_;
    pipe.async_read_some(
        asio::buffer(buffer), [this, &pipe, &buffer, &kept, on_piece](auto error, std::size_t size) {
          const std::string_view piece(buffer.data(), size);
          kept += piece.substr(0, command_.output_limit - std::min(command_.output_limit, kept.size()));
          if (on_piece && !piece.empty()) on_piece(piece);
          if (!error) return read(pipe, kept, on_piece);
          if (--open_pipes_ == 0) drain_.cancel();
        });
  }

  void look_later() {
    look_.expires_after(Pulse::k_interval);
    look_.async_wait([this](auto error) {
      if (error || reaped_) return;
      if (const auto beat = pulse_.look(pid_)) command_.busy(beat->what, beat->time);
      look_later();
    });
  }

  void on_exit() {
    deadline_.cancel();
    ladder_.cancel();
    look_.cancel();
    // Who was told to end leaves nobody behind; the group's number is still taken, as nobody reaped it yet.
    if (cut_ || result_.timed_out) ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    if (WIFEXITED(status)) result_.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
    if (open_pipes_ == 0) return;
    drain_.expires_after(cut_ ? 0s : k_drain);
    drain_.async_wait([this](auto error) {
      if (error) return;
      out_.async_close();
      err_.async_close();
    });
  }

  void end(std::chrono::milliseconds grace) {
    if (reaped_) {
      drain_.expires_after(0s);  // somebody else keeps the pipe open: no more waiting for him
      drain_.async_wait([this](auto) {
        out_.async_close();
        err_.async_close();
      });
      return;
    }
    ::kill(-pid_, SIGTERM);
    ladder_.expires_after(grace);
    ladder_.async_wait([this](auto error) {
      if (!error && !reaped_) ::kill(-pid_, SIGKILL);
    });
  }

  const Command& command_;
  Finished result_;
  pid_t pid_ = -1;
  bool reaped_ = true;
  bool cut_ = false;
  int open_pipes_ = 2;
  asio::io_context io_;
  bp::async_pipe out_{io_};
  bp::async_pipe err_{io_};
  std::array<char, 1 << 16> out_buffer_;
  std::array<char, 1 << 16> err_buffer_;
  asio::posix::stream_descriptor exited_{io_};
  asio::steady_timer deadline_{io_};
  asio::steady_timer ladder_{io_};
  asio::steady_timer drain_{io_};
  asio::steady_timer look_{io_};
  Pulse pulse_;
};

}  // namespace

RealPrograms::RealPrograms(std::filesystem::path target_root, std::filesystem::path libexec)
    : target_root_(Tree(std::move(target_root)).root()), libexec_(std::move(libexec)) {}

std::vector<std::string> RealPrograms::wrapped(Command command) const {
  if (command.helper && !command.argv.empty()) {
    command.inside = false;
    command.argv[0] = libexec_ / command.argv[0];
  }
  const std::filesystem::path root = command.inside ? target_root_ : "/";
  const std::filesystem::path program = find_program(root, command);
  std::vector<std::string> argv = command.argv;
  if (root == "/" && !command.as && command.directory == "/") {
    argv[0] = program;
    return argv;
  }
  std::vector<std::string> enter{libexec_ / "inside"};
  if (command.as) enter.insert(enter.end(), {"--as", format("{}:{}", command.as->uid, command.as->gid)});
  enter.insert(enter.end(), {"--chdir", command.directory, root, "--"});
  argv.insert(argv.begin(), enter.begin(), enter.end());
  return argv;
}

Finished RealPrograms::run(const Command& command, std::stop_token stop) {
  if (abandon_.stop_requested()) throw Abandoned();
  if (stop.stop_requested()) throw Cancelled();
  Execution execution(command, wrapped(command));
  Finished finished = execution.follow(stop, abandon_.get_token());
  rethrow_inside(finished, finished.err);
  return finished;
}

}  // namespace rigsetup
