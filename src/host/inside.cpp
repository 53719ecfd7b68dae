// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// inside [--as UID:GID] [--chdir DIR] ROOT -- PROGRAM [ARGUMENT]...
//
// Runs a program in another root, as another user, or both. For a ROOT other than / there are three
// processes:
//
//   this one        stays outside, forwards signals, ends as the program ended (same code, same signal)
//    `- init        first of a new pid namespace: mounts, chroot, reaps; when it ends the kernel ends all
//    below it
//        `- PROGRAM and whatever it starts
//
// If this one is killed the kernel kills init, and with it everything: no process and no mount stays behind.
// What the program left running in the background ends with it. Descriptors that were inherited stay open for
// the program.
#include <cerrno>
#include <charconv>
#include <optional>
#include <string>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

#include "host/descriptor.hpp"
#include "host/entering.hpp"
#include "host/private_root.hpp"

namespace rigsetup {
namespace {

struct Options {
  std::optional<Owner> as;
  std::string directory = "/";
  std::string root;
  char** program = nullptr;
};

Error usage() {
  return Error(Code::invalid,
               "cannot understand this; usage: inside [--as UID:GID] [--chdir DIR] ROOT -- PROGRAM...");
}

Owner parse_owner(std::string_view text) {
  Owner owner;
  const char* end = text.data() + text.size();
  const auto uid = std::from_chars(text.data(), end, owner.uid);
  if (uid.ec != std::errc() || uid.ptr == end || *uid.ptr != ':') throw usage();
  const auto gid = std::from_chars(uid.ptr + 1, end, owner.gid);
  if (gid.ec != std::errc() || gid.ptr != end) throw usage();
  return owner;
}

Options parse(char** argv) {
  Options options;
  for (++argv; *argv && std::string_view(*argv) != "--"; ++argv) {
    const std::string_view word = *argv;
    if (word == "--as" && argv[1]) {
      options.as = parse_owner(*++argv);
    } else if (word == "--chdir" && argv[1]) {
      options.directory = *++argv;
    } else if (options.root.empty() && word.substr(0, 1) == "/") {
      options.root = word;
    } else {
      throw usage();
    }
  }
  if (options.root.empty() || !*argv || !argv[1]) throw usage();
  options.program = argv + 1;
  return options;
}

int complain(const Error& error) {
  ::dprintf(STDERR_FILENO, "%s%s\n", k_inside_says.data(), error.message().c_str());
  return k_inside_failed;
}

// Only returns, with an exit code, when the program could not be started.
int become_program(const Options& options) {
  int dies_with_parent = 0;
  ::prctl(PR_GET_PDEATHSIG, &dies_with_parent);
  if (options.as) {
    const gid_t gid = options.as->gid;
    if (::setgroups(1, &gid) != 0 || ::setgid(gid) != 0 || ::setuid(options.as->uid) != 0) {
      throw errno_error(format("become user {}", options.as->uid), errno);
    }
  }
  ::prctl(PR_SET_PDEATHSIG, dies_with_parent);  // a change of user had cleared it
  if (::chdir(options.directory.c_str()) != 0) throw errno_error("enter " + options.directory, errno);
  ::execvp(options.program[0], options.program);
  const int error_number = errno;
  const bool missing = error_number == ENOENT;
  const std::string as = options.as ? format(" as user {}", options.as->uid) : "";
  complain(missing ? Error(Code::not_found,
                           format("cannot run {}: there is no such program, or no interpreter for it",
                                  options.program[0]))
                   : errno_error(format("run {}{}", options.program[0], as), error_number));
  return missing ? k_inside_missing : k_inside_refused;
}

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigaddset(&set, number);
  return set;
}

[[noreturn]] void run_in_session(const Options& options) {
  ::setsid();
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  try {
    ::_exit(become_program(options));
  } catch (const Error& error) {
    ::_exit(complain(error));
  }
}

// The first process of the namespace. Tells through `report` how the program ended.
int init(const Options& options, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd outer{report, 0, 0};
  if (::poll(&outer, 1, 0) != 0) return k_inside_failed;  // the reader died before that
  ::setsid();  // out of the outer group: what is sent to that must not arrive here twice
  enter_private_root(options.root);
  const pid_t program = ::fork();
  if (program < 0) throw errno_error("start a process", errno);
  if (program == 0) run_in_session(options);
  const sigset_t watched = watched_signals();
  for (;;) {
    const int number = ::sigwaitinfo(&watched, nullptr);
    if (number > 0 && number != SIGCHLD && ::kill(-program, number) != 0) ::kill(program, number);
    int status = 0;
    for (pid_t ended = 1; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended == program)
        return ::write(report, &status, sizeof status) == sizeof status ? 0 : k_inside_failed;
    }
  }
}

[[noreturn]] void end_as(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::signal(number, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
    ::raise(number);
  }
  ::_exit(WEXITSTATUS(status));
}

int run_in_root(const Options& options) {
  const sigset_t watched = watched_signals();
  ::sigprocmask(SIG_BLOCK, &watched, nullptr);
  if (::unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC) != 0) {
    throw errno_error("make the namespaces to enter " + options.root, errno);
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw errno_error("make a pipe", errno);
  const Descriptor from_init(ends[0]);
  Descriptor to_outer(ends[1]);
  const pid_t first = ::fork();
  if (first < 0) throw errno_error("start a process", errno);
  if (first == 0) {
    ::close(ends[0]);
    try {
      ::_exit(init(options, to_outer.get()));
    } catch (const Error& error) {
      ::_exit(complain(error));
    }
  }
  to_outer.close();
  int ended = 0;
  for (;;) {
    const int number = ::sigwaitinfo(&watched, nullptr);
    if (number > 0 && number != SIGCHLD) ::kill(first, number);
    if (::waitpid(first, &ended, WNOHANG) == first) break;
  }
  int status = 0;
  if (::read(from_init.get(), &status, sizeof status) == sizeof status) end_as(status);
  end_as(ended);
}

}  // namespace
}  // namespace rigsetup

int main(int, char** argv) {
  using namespace rigsetup;
  try {
    const Options options = parse(argv);
    return options.root == "/" ? become_program(options) : run_in_root(options);
  } catch (const Error& error) {
    return complain(error);
  }
}
