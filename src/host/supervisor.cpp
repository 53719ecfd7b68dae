// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// supervisor --folder FOLDER --log LOG [--timeout MILLISECONDS] -- PROGRAM [ARGUMENT]...
//
// Keeps a program that changes the machine apart from the daemon that started it: output, status lines and
// exit code are files (job_folder.hpp), so that nothing is lost when the daemon ends meanwhile. Returns as
// soon as the program is about to run; the rest happens in a session of its own. "{fd}" in an argument
// becomes the number of the status descriptor.
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

#include "host/descriptor.hpp"
#include "host/job_folder.hpp"

namespace rigsetup {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto k_grace = 10s;  // from SIGTERM to SIGKILL after a timeout

struct Options {
  std::string folder;
  std::string log;
  std::chrono::milliseconds timeout{0};
  std::vector<std::string> program;
};

Options parse(char** argv) {
  Options options;
  for (++argv; *argv && std::string_view(*argv) != "--"; argv += 2) {
    const std::string_view option = *argv;
    if (!argv[1]) throw Error(Code::invalid, format("cannot use {} without a value", option));
    if (option == "--folder") {
      options.folder = argv[1];
    } else if (option == "--log") {
      options.log = argv[1];
    } else if (option == "--timeout") {
      options.timeout = std::chrono::milliseconds(std::stoll(argv[1]));
    } else {
      throw Error(Code::invalid, format("cannot understand {}", option));
    }
  }
  while (*argv && *++argv) options.program.emplace_back(*argv);
  if (options.folder.empty() || options.log.empty() || options.program.empty()) {
    throw Error(
        Code::invalid,
        "cannot start; usage: supervisor --folder FOLDER --log LOG [--timeout MILLISECONDS] -- PROGRAM...");
  }
  return options;
}

Descriptor open_file(const std::string& path, int flags) {
  Descriptor file(::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, 0600));
  if (!file) throw errno_error("open " + path, errno);
  return file;
}

std::pair<Descriptor, Descriptor> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw errno_error("make a pipe", errno);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

class Supervisor {
 public:
  explicit Supervisor(const Options& options) : options_(options), folder_(options.folder) {}

  // `ready` gets a byte when everything is in place.
  void run(const Descriptor& ready) {
    ::setsid();
    for (int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE}) ::signal(number, SIG_IGN);
    sigset_t child_ended;
    sigemptyset(&child_ended);
    sigaddset(&child_ended, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &child_ended, nullptr);
    const Descriptor log = open_file(options_.log, O_WRONLY | O_APPEND | O_CREAT);
    const Descriptor status = open_file(options_.folder + job_file::k_status, O_WRONLY | O_APPEND | O_CREAT);
    const bool has_input = ::access((options_.folder + job_file::k_input).c_str(), F_OK) == 0;
    const Descriptor input =
        open_file(has_input ? options_.folder + job_file::k_input : "/dev/null", O_RDONLY);
    reserve_exit(folder_);
    start(log, status, input);
    write_processes(folder_, {ProcessMark::of(::getpid()), ProcessMark::of(program_)});
    // Only now: until here, complaints go to who started this.
    ::dup2(open_file("/dev/null", O_RDONLY).get(), STDIN_FILENO);
    ::dup2(log.get(), STDOUT_FILENO);
    ::dup2(log.get(), STDERR_FILENO);
    (void)!::write(ready.get(), "r", 1);  // a starter that died does not matter any more
    (void)!::write(go_.get(), "g", 1);
    go_.close();
    write_exit(folder_, wait(child_ended));
  }

 private:
  void start(const Descriptor& log, const Descriptor& status, const Descriptor& input) {
    auto [go_read, go_write] = make_pipe();
    auto [failed_read, failed_write] = make_pipe();
    std::vector<std::string> words = options_.program;
    for (std::string& word : words) {
      for (std::size_t at; (at = word.find("{fd}")) != std::string::npos;)
        word.replace(at, 4, std::to_string(status.get()));
    }
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    program_ = ::fork();
    if (program_ < 0) throw errno_error("start a process", errno);
    if (program_ == 0) {
      go_write.close();
      ::setsid();
      for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
      sigset_t none;
      sigemptyset(&none);
      ::sigprocmask(SIG_SETMASK, &none, nullptr);
      ::dup2(input.get(), STDIN_FILENO);
      ::dup2(log.get(), STDOUT_FILENO);
      ::dup2(log.get(), STDERR_FILENO);
      ::fcntl(status.get(), F_SETFD, 0);
      char go = 0;
      if (::read(go_read.get(), &go, 1) != 1) ::_exit(1);  // the supervisor died: nothing may run unseen
      ::execvp(argv[0], argv.data());
      const int error_number = errno;
      (void)!::write(failed_write.get(), &error_number, sizeof error_number);
      ::_exit(1);
    }
    go_ = std::move(go_write);
    failed_ = std::move(failed_read);
  }

  JobExit wait(const sigset_t& child_ended) {
    int error_number = 0;  // the pipe ends without a word when the program was started
    if (::read(failed_.get(), &error_number, sizeof error_number) == sizeof error_number) {
      return {JobExit::How::not_started, error_number, false};
    }
    const auto began = Clock::now();
    const bool limited = options_.timeout > 0ms;
    bool told = false;
    bool killed = false;
    for (;;) {
      // WNOWAIT: its number stays taken until `exit` is written, so that nobody signals a stranger.
      siginfo_t info{};
      if (::waitid(P_PID, static_cast<id_t>(program_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
          info.si_pid != 0) {
        const auto how = info.si_code == CLD_EXITED ? JobExit::How::exited : JobExit::How::signalled;
        return {how, info.si_status, told};
      }
      const auto late = Clock::now() - began - options_.timeout;
      if (limited && !told && late >= 0s) {
        ::kill(-program_, SIGTERM);
        told = true;
      }
      if (limited && !killed && late >= k_grace) {
        ::kill(-program_, SIGKILL);
        killed = true;
      }
      if (!limited || killed) {
        ::sigwaitinfo(&child_ended, nullptr);
      } else {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(told ? k_grace - late : -late).count();
        const timespec time{left / 1000, left % 1000 * 1'000'000};
        ::sigtimedwait(&child_ended, nullptr, &time);
      }
    }
  }

  const Options& options_;
  Tree folder_;
  pid_t program_ = -1;
  Descriptor go_;
  Descriptor failed_;
};

int complain(const Error& error) {
  ::dprintf(STDERR_FILENO, "%s\n", error.message().c_str());
  return 1;
}

int start(const Options& options) {
  // Taken before anything starts and shared with the supervisor: free and without `exit` means that nobody is
  // at work.
  const Descriptor lock = open_file(options.folder + job_file::k_lock, O_RDWR | O_CREAT);
  if (::flock(lock.get(), LOCK_EX) != 0) throw errno_error("lock " + options.folder, errno);
  auto [ready_read, ready_write] = make_pipe();
  const pid_t supervisor = ::fork();
  if (supervisor < 0) throw errno_error("start a process", errno);
  if (supervisor == 0) {
    ready_read.close();
    try {
      Supervisor(options).run(ready_write);
    } catch (const Error& error) {
      ::_exit(complain(error));
    }
    ::_exit(0);
  }
  ready_write.close();
  char ready = 0;
  return ::read(ready_read.get(), &ready, 1) == 1 ? 0 : 1;
}

}  // namespace
}  // namespace rigsetup

int main(int, char** argv) {
  using namespace rigsetup;
  try {
    return start(parse(argv));
  } catch (const Error& error) {
    return complain(error);
  }
}
