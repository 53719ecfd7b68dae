// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rigsetup::test {

/// A forked copy of this process with a pipe to it. Killed and reaped at the end.
class Child {
 public:
  explicit Child(const std::function<void(int to_parent)>& body) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      close(ends[0]);
      [&]() noexcept { body(ends[1]); }();  // an exception must not reach the parent's test
      _exit(0);                             // nor may its destructors run twice
    }
    close(ends[1]);
    from_child_ = ends[0];
  }
  Child(const Child&) = delete;
  ~Child() {
    end();
    close(from_child_);
  }
  int from_child() const { return from_child_; }
  /// SIGKILL; what it wrote before can still be read.
  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  /// All it writes until it is done.
  std::string answer() const {
    std::string text;
    char buffer[4096];
    for (ssize_t size; (size = read(from_child_, buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }

 private:
  pid_t pid_ = 0;
  int from_child_ = -1;
};

/// What `body` returns, run in a forked copy: for what must not happen to the test itself (mounts, other
/// users).
inline std::string in_child(const std::function<std::string()>& body) {
  const Child child([&](int to_parent) {
    const std::string answer = body();
    if (write(to_parent, answer.data(), answer.size()) < 0) _exit(1);
  });
  return child.answer();
}

}  // namespace rigsetup::test
