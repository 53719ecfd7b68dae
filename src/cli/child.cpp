// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t k_most_output = 1 << 20;
constexpr uid_t k_nobody = 65534;
constexpr int k_not_started = 127;
constexpr std::chrono::milliseconds k_time_to_end{2000};  // once it has answered, or was killed

/// Whom the child runs as; nothing: as who we are.
std::optional<uid_t> other_user(const std::string& program) {
  if (geteuid() != 0) return std::nullopt;
  if (const char* sudo = std::getenv("SUDO_UID")) {
    const auto uid = static_cast<uid_t>(std::strtoul(sudo, nullptr, 10));
    if (uid != 0) return uid;
  }
  struct stat info {};
  if (lstat(program.c_str(), &info) == 0 && info.st_uid != 0) return info.st_uid;
  return k_nobody;
}

/// In the child. False: it may not go on.
bool become(uid_t uid, const passwd* user) {
  const gid_t group = user != nullptr ? user->pw_gid : static_cast<gid_t>(k_nobody);
  const bool groups = user != nullptr ? initgroups(user->pw_name, group) == 0 : setgroups(0, nullptr) == 0;
  return groups && setgid(group) == 0 && setuid(uid) == 0;
}

/// Of root's own environment another user gets what says which programs and libraries are used, no more.
std::vector<std::string> environment_for(const passwd* user) {
  constexpr std::string_view k_kept[] = {
      "PATH=", "LANG=", "LD_LIBRARY_PATH=", "VIRTUAL_ENV=", "CONDA_PREFIX=", "CUDA_"};
  std::vector<std::string> kept;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view one = *variable;
    if (std::ranges::any_of(k_kept, [&](std::string_view name) { return one.starts_with(name); }))
      kept.emplace_back(one);
  }
  if (user != nullptr) kept.push_back(format("HOME={}", user->pw_dir));
  return kept;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  for (const auto& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

/// In a session of its own: what has root's terminal could type on it.
[[noreturn]] void be_child(const std::vector<std::string>& argv, int output) {
  setsid();
  const int null = open("/dev/null", O_RDWR);
  bool ready = null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
               dup2(null, STDERR_FILENO) >= 0 && chdir("/") == 0;
  std::vector<std::string> variables;
  char** environment = environ;
  std::vector<char*> theirs;
  if (const auto other = other_user(argv.front())) {
    const passwd* user = getpwuid(*other);
    variables = environment_for(user);
    theirs = pointers(variables);
    environment = theirs.data();
    ready = ready && become(*other, user);
  }
  if (!ready) _exit(k_not_started);
  signal(SIGPIPE, SIG_DFL);
  execve(argv.front().c_str(), pointers(argv).data(), environment);
  _exit(k_not_started);
}

/// What comes until the end, the limit or too much. True: until the end.
bool read_all(int input, Clock::time_point deadline, std::string& text) {
  std::array<char, 4096> piece;
  while (text.size() < k_most_output) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd readable{input, POLLIN, 0};
    const int ready = left > 0 ? poll(&readable, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const auto size = read(input, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return true;
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
  return false;
}

std::string ending(int status) {
  if (WIFSIGNALED(status)) return format("killed by signal {}", WTERMSIG(status));
  if (WEXITSTATUS(status) == k_not_started) return "it cannot be run";
  return WEXITSTATUS(status) == 0 ? "" : format("exit status {}", WEXITSTATUS(status));
}

/// Has it ended within a moment? One that waits in the kernel cannot be killed, and must hold nobody.
bool ends(pid_t child, int& status) {
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, child, 0));  // without one the time passes
  pollfd ended{handle, POLLIN, 0};
  while (poll(&ended, 1, static_cast<int>(k_time_to_end.count())) < 0 && errno == EINTR) continue;
  if (handle >= 0) close(handle);
  return waitpid(child, &status, WNOHANG) != 0;
}

/// It and all that it has started.
void kill_group(pid_t child) {
  if (kill(-child, SIGKILL) != 0) kill(child, SIGKILL);  // it has not come as far as to have a group
}

}  // namespace

ChildAnswer ask_child(const std::vector<std::string>& argv, std::chrono::seconds limit) {
  ChildAnswer answer;
  std::array<int, 2> pipe_ends{};
  if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return {"", std::strerror(errno)};
  const pid_t child = fork();
  if (child == 0) be_child(argv, pipe_ends[1]);
  close(pipe_ends[1]);
  if (child < 0) {
    close(pipe_ends[0]);
    return {"", std::strerror(errno)};
  }
  const bool complete = read_all(pipe_ends[0], Clock::now() + limit, answer.out);
  close(pipe_ends[0]);
  int status = 0;
  const bool ended_itself = complete && ends(child, status);
  if (!ended_itself) {
    kill_group(child);
    if (!ends(child, status)) {
      answer.problem = "it cannot be ended: it waits in the kernel";
      return answer;
    }
  }
  kill(-child, SIGKILL);  // what it may have left behind
  answer.problem = ended_itself                         ? ending(status)
                   : complete                           ? "it answered and did not end"
                   : answer.out.size() >= k_most_output ? "it prints without end"
                                                        : format("no answer in {}", human_duration(limit));
  return answer;
}

}  // namespace rigsetup::cli
