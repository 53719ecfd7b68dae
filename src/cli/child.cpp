// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/child.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/stat.h>
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
bool become(uid_t uid) {
  const passwd* user = getpwuid(uid);
  const gid_t group = user != nullptr ? user->pw_gid : static_cast<gid_t>(k_nobody);
  if (user != nullptr && setenv("HOME", user->pw_dir, 1) != 0) return false;
  const bool groups = user != nullptr ? initgroups(user->pw_name, group) == 0 : setgroups(0, nullptr) == 0;
  return groups && setgid(group) == 0 && setuid(uid) == 0;
}

[[noreturn]] void be_child(const std::vector<std::string>& argv, int output) {
  setpgid(0, 0);
  const int null = open("/dev/null", O_RDWR);
  const auto user = other_user(argv.front());
  const bool ready = null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
                     dup2(null, STDERR_FILENO) >= 0 && chdir("/") == 0 && (!user || become(*user));
  if (!ready) _exit(k_not_started);
  std::vector<char*> words;
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  signal(SIGPIPE, SIG_DFL);
  execv(words.front(), words.data());
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
  setpgid(child, child);  // it may not have come so far itself
  if (!complete) kill(-child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  kill(-child, SIGKILL);  // what it may have left behind
  answer.problem = complete                             ? ending(status)
                   : answer.out.size() >= k_most_output ? "it prints without end"
                                                        : format("no answer in {}", human_duration(limit));
  return answer;
}

}  // namespace rigsetup::cli
