// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/base/log.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;

namespace {

/// What a process of its own writes to standard error. It is asked of a child, so that the test's own stays
/// untouched and the environment is read anew.
std::string logged_by(void (*act)(), const char* journal_stream) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "stderr";
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (journal_stream != nullptr) {
      setenv("JOURNAL_STREAM", journal_stream, 1);
    } else {
      unsetenv("JOURNAL_STREAM");
    }
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || dup2(file, STDERR_FILENO) < 0) _exit(1);
    act();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("the log has a level and a message on each line, and nothing that steers a terminal") {
  const auto act = [] {
    log(LogLevel::debug, "not shown");
    log(LogLevel::info, "hello");
    log(LogLevel::error, "two\nlines \x1b[31m");
  };
  CHECK(logged_by(act, nullptr) == "info: hello\nerror: two\\x0alines \\x1b[31m\n");
}

TEST_CASE("under journald each line has its priority") {
  const auto act = [] {
    set_log_level(LogLevel::debug);
    log(LogLevel::debug, "a");
    log(LogLevel::warning, "b");
  };
  CHECK(logged_by(act, "8:1234") == "<7>a\n<4>b\n");
}
