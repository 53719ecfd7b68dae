// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/programs.hpp>
#include <rigsetup/host/watched_host.hpp>

#include "tests/host/small_root.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

RealPrograms machine() { return RealPrograms("/", test::k_libexec); }

Command shell(const std::string& script) {
  Command command;
  command.argv = {"sh", "-c", script};
  return command;
}

Finished run(const Command& command) { return machine().run(command, {}); }

Code code_of(const Command& command) {
  try {
    run(command);
  } catch (const Error& error) {
    return error.code();
  }
  return Code::internal;
}

std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

}  // namespace

TEST_CASE("a program's exit code and both outputs come back") {
  const Finished finished = run(shell("echo out; echo err >&2; exit 3"));
  CHECK(finished.exit_code == 3);
  CHECK(finished.signal == 0);
  CHECK_FALSE(finished.ok());
  CHECK(finished.out == "out\n");
  CHECK(finished.err == "err\n");
  CHECK(finished.text() == "exit status 3");
}

TEST_CASE("a signal is not an exit code") {
  const Finished finished = run(shell("kill -9 $$"));
  CHECK(finished.exit_code == -1);
  CHECK(finished.signal == 9);
  CHECK(finished.text() == "killed by signal 9 (SIGKILL)");
}

TEST_CASE("the environment is clean and what was asked for") {
  Command command;
  command.argv = {"env"};
  command.environment = {{"HOME", "/home/ann"}, {"A", "b c"}};
  ::setenv("RIGSETUP_TEST_SECRET", "x", 1);
  const auto lines = split_lines(run(command).out);
  ::unsetenv("RIGSETUP_TEST_SECRET");
  CHECK(lines.size() == 4);
  CHECK(std::count(lines.begin(), lines.end(), "HOME=/home/ann") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "A=b c") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "LC_ALL=C.UTF-8") == 1);
}

TEST_CASE("input arrives whole, and none is the end of the file") {
  Command command;
  command.argv = {"cat"};
  CHECK(run(command).out.empty());
  command.input = std::string(3 << 20, 'x') + "end";
  CHECK(run(command).out == command.input);
  command.argv = {"true"};  // does not read it
  CHECK(run(command).ok());
}

TEST_CASE("only so much output is kept, all of it is shown") {
  Command command = shell("head -c 300000 /dev/zero; echo error >&2");
  command.output_limit = 1000;
  std::size_t shown = 0;
  command.on_output = [&](std::string_view piece) { shown += piece.size(); };
  const Finished finished = run(command);
  CHECK(finished.out.size() == 1000);
  CHECK(finished.err == "error\n");
  CHECK(shown == 300000);
}

TEST_CASE("what cannot be run is said, and leaves neither a zombie nor a descriptor") {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "not-executable") << "x";
  std::ofstream(folder / "no-interpreter") << "#!/nonexistent/interpreter\n";
  fs::permissions(folder / "no-interpreter", fs::perms(0755));
  run(shell("true"));
  const std::size_t before = open_descriptors();
  Command command;
  for (int i = 0; i < 5; ++i) {
    command.argv = {"rigsetup-no-such-program"};
    CHECK(code_of(command) == Code::not_found);
    command.argv = {"/nonexistent/program"};
    CHECK(code_of(command) == Code::not_found);
    command.argv = {folder / "no-interpreter"};
    CHECK(code_of(command) == Code::not_found);
    command.argv = {folder / "not-executable"};
    CHECK(code_of(command) == Code::denied);
    command.as = Owner{12345, 12345};
    CHECK(code_of(command) == Code::denied);
    command.as.reset();
    CHECK(run(shell("exit 1")).exit_code == 1);
  }
  CHECK(open_descriptors() == before);
  CHECK_FALSE(has_children());
  command.argv = {"rigsetup-no-such-program"};
  CHECK_THROWS_WITH(run(command), "cannot run rigsetup-no-such-program: there is no such program");
}

TEST_CASE("a program inherits the three standard descriptors and no other") {
  const int leaky = ::open("/dev/null", O_RDONLY);  // deliberately not close-on-exec
  Command command;
  command.argv = {"ls", "/proc/self/fd"};
  CHECK(run(command).out == "0\n1\n2\n3\n");  // 3 is how ls reads the directory
  ::close(leaky);
}

TEST_CASE("a program starts with no signal blocked or ignored, and without a terminal") {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  const auto old = ::signal(SIGPIPE, SIG_IGN);
  const Finished finished =
      run(shell("grep -E 'Sig(Blk|Ign)' /proc/self/status; cut -d' ' -f7 /proc/self/stat"));
  ::signal(SIGPIPE, old);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(split_words(finished.out) ==
        std::vector<std::string>{"SigBlk:", "0000000000000000", "SigIgn:", "0000000000000000", "0"});
}

TEST_CASE("a program runs as a user, with his group alone, in a folder") {
  const test::TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms(0755));
  Command command = shell("id -u; id -G; pwd");
  command.as = Owner{12345, 54321};
  command.directory = folder.path();
  CHECK(run(command).out == "12345\n54321\n" + folder.path().native() + "\n");
  command.directory = "/nonexistent";
  CHECK_THROWS_WITH(run(command), Catch::Contains("cannot enter /nonexistent"));
}

TEST_CASE("a program that takes too long is ended") {
  Command command = shell("echo before; sleep 1000");
  command.timeout = 100ms;
  const Finished finished = run(command);
  CHECK(finished.timed_out);
  CHECK_FALSE(finished.ok());
  CHECK(finished.out == "before\n");
  CHECK(finished.text() == "timed out");
}

TEST_CASE("a stop ends the program and all of its group") {
  const std::string sleep = test::unique_sleep();
  std::stop_source stop;
  Command command = shell("sleep " + sleep + " & sleep " + sleep + " & echo ready; wait");
  command.on_output = [&](std::string_view) { stop.request_stop(); };
  CHECK_THROWS_AS(machine().run(command, stop.get_token()), Cancelled);
  test::wait_until([&] { return test::processes_with(sleep).empty(); });
  CHECK_THROWS_AS(machine().run(command, stop.get_token()), Cancelled);
  CHECK_FALSE(has_children());
}

TEST_CASE("who abandons ends even a program that does not listen, and runs no other") {
  RealPrograms programs = machine();
  const std::string sleep = test::unique_sleep();
  Command command = shell("trap '' TERM; echo ready; sleep " + sleep + "; sleep " + sleep);
  command.on_output = [&](std::string_view) { programs.abandon(); };
  CHECK_THROWS_AS(programs.run(command, {}), Abandoned);
  test::wait_until([&] { return test::processes_with(sleep).empty(); });
  CHECK_THROWS_AS(programs.run(shell("true"), {}), Abandoned);
}

TEST_CASE("a daemon that keeps the output open does not keep us") {
  const Finished finished = run(shell("sleep 1000 & echo $!"));
  CHECK(finished.ok());
  const pid_t daemon = std::stoi(finished.out);
  CHECK(::kill(daemon, SIGKILL) == 0);  // it was left alone
}

TEST_CASE("an exception out of on_output ends the program") {
  const std::string sleep = test::unique_sleep();
  Command command = shell("echo x; sleep " + sleep);
  command.on_output = [](std::string_view) { throw Error(Code::invalid, "cannot understand x"); };
  CHECK(code_of(command) == Code::invalid);
  test::wait_until([&] { return test::processes_with(sleep).empty(); });
  CHECK_FALSE(has_children());
}

TEST_CASE("a program does not outlive the process that reads it") {
  const std::string sleep = test::unique_sleep();
  const pid_t reader = ::fork();
  if (reader == 0) {
    Command command;
    command.argv = {"sleep", sleep};
    machine().run(command, {});
    ::_exit(0);
  }
  test::wait_until([&] { return !test::processes_with(sleep).empty(); });
  ::kill(reader, SIGKILL);
  ::waitpid(reader, nullptr, 0);
  test::wait_until([&] { return test::processes_with(sleep).empty(); });
  SUCCEED();
}

TEST_CASE("many at once do not mix") {
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&wrong, thread] {
        for (int i = 0; i < 15; ++i) {
          const std::string text = std::to_string(thread * 100 + i);
          const Finished finished = run(shell("echo " + text + "; exit " + std::to_string(i)));
          wrong += finished.out != text + "\n" || finished.exit_code != i;
        }
      });
    }
  }
  CHECK(wrong == 0);
  CHECK_FALSE(has_children());
}

TEST_CASE("a command is shown as one could type it") {
  Command command;
  command.argv = {"apt-get", "-o", "A::B=c d", "it's", "", "x\ny"};
  CHECK(command.text() == "apt-get -o 'A::B=c d' 'it'\\''s' '' 'x\\x0ay'");
}

TEST_CASE("a program that says nothing is seen at work, as jobs are") {
  const test::TemporaryFolder folder;
  fs::copy_file(fs::canonical("/bin/sleep"), folder / "cc1plus");
  std::vector<std::string> seen;
  Command command = shell("$0/cc1plus " + test::unique_sleep() +
                          " & until test -e $0/go; do sleep 0.05; done; " + "kill $!");
  command.argv.push_back(folder.path());
  command.busy = [&](const std::string& what, std::chrono::seconds) {
    seen.push_back(what);
    std::ofstream(folder / "go") << "\n";
  };
  CHECK(run(command).exit_code == 0);
  REQUIRE_FALSE(seen.empty());
  CHECK(seen.front() == "compiling (cc1plus)");
}

TEST_CASE("a watched host hears its programs, but for those that have a listener of their own") {
  const test::TemporaryFolder folder;
  const Tree files(folder.path());
  RealPrograms programs = machine();
  RealClock clock;
  std::vector<std::string> heard;
  std::vector<std::string> own;
  const WatchedHost watched({files, programs, clock},
                            [&](const std::string& what, std::chrono::seconds) { heard.push_back(what); });
  Command command = shell("exec sleep 3");
  CHECK(watched.host().programs.run(command, {}).ok());
  CHECK(heard.size() == 1);
  command.busy = [&](const std::string& what, std::chrono::seconds) { own.push_back(what); };
  CHECK(watched.host().programs.run(command, {}).ok());
  CHECK(heard == std::vector<std::string>{"sleep"});
  CHECK(own == heard);
}
