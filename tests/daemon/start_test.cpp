// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <fstream>

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.hpp"
#include "tests/support/running_daemon.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

TEST_CASE("options that nobody understands are a usage error") {
  const auto options =
      GENERATE(std::vector<std::string>{"--sockets", "/x"}, std::vector<std::string>{"serve"},
               std::vector<std::string>{"--config", "/there/is/none.yaml"});
  const auto ended = run_daemon(options);
  CHECK(ended.status == 2);
  CHECK_FALSE(ended.errors.empty());
}

TEST_CASE("help and version are told and nothing is started") {
  CHECK(run_daemon({"--help"}).status == 0);
  CHECK(run_daemon({"--version"}).status == 0);
}

TEST_CASE("every fault of the configuration is told with its place") {
  const Bed bed;
  std::ofstream(bed.config) << "resume: perhaps\nlock_timeout: soon\nworker: 3\nworkers: 0\n";
  const auto ended = run_daemon(options_for(bed));
  CHECK(ended.status == 2);
  for (const char* place : {"rigsetupd.yaml:1:", "rigsetupd.yaml:2:", "rigsetupd.yaml:3:"}) {
    CHECK_THAT(ended.errors, Contains(place));
  }
  CHECK_THAT(ended.errors, Contains("workers"));  // what the misspelt key may have meant
}

TEST_CASE("a second daemon is refused the socket and the state directory of a living one") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  auto same_state = options_for(bed);
  same_state[1] = bed.folder / "other.sock";
  auto ended = run_daemon(same_state);
  CHECK(ended.status == 1);
  CHECK_THAT(ended.errors, Contains(bed.state.string()));
  auto same_socket = options_for(bed);
  same_socket[3] = bed.folder / "other-state";
  ended = run_daemon(same_socket);
  CHECK(ended.status == 1);
  CHECK_THAT(ended.errors, Contains(bed.socket.string()));
  CHECK(get(bed.socket, "/v1/version").status == 200);
}

TEST_CASE("a daemon that was killed is followed by another on the same socket") {
  const Bed bed;
  {
    RunningDaemon daemon(bed);
    daemon.kill();
  }
  REQUIRE(std::filesystem::exists(bed.socket));
  RunningDaemon daemon(bed);
  CHECK(daemon.stop() == 0);
  CHECK_FALSE(std::filesystem::exists(bed.socket));
}

TEST_CASE("what the daemon keeps is not for strangers") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  follow(bed, start_run(bed, "  - command: {argv: [touch, /tmp/one], check: [test, -e, /tmp/one]}\n"));
  REQUIRE(std::filesystem::exists(bed.state / "log" / "1"));
  const auto readable = as_user(12345, {}, [&] {
    std::string found;
    const auto options = std::filesystem::directory_options::skip_permission_denied;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(bed.state, options)) {
      if (!entry.is_directory() && access(entry.path().c_str(), R_OK) == 0)
        found += entry.path().string() + "\n";
    }
    return found;
  });
  CHECK(readable.empty());
}

TEST_CASE("a state directory that cannot be written is a clear error") {
  const Bed bed;
  std::filesystem::create_directories(bed.state);
  // In a mount namespace of a child of its own: nothing stays mounted.
  const auto status = as_user(0, {}, [&]() -> std::string {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      return "no mounts";
    if (mount("tmpfs", bed.state.c_str(), "tmpfs", MS_RDONLY, nullptr) != 0) return "no tmpfs";
    const auto ended = run_daemon(options_for(bed));
    return std::to_string(ended.status) + " " + ended.errors;
  });
  CHECK_THAT(status, Catch::Matchers::StartsWith("1 "));
  CHECK_THAT(status, Contains(bed.state.string()) && Contains("ead-only file system"));
}

TEST_CASE("a full state directory is a clear error") {
  const Bed bed;
  std::filesystem::create_directories(bed.state);
  const auto status = as_user(0, {}, [&]() -> std::string {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      return "no mounts";
    if (mount("tmpfs", bed.state.c_str(), "tmpfs", 0, "size=64k") != 0) return "no tmpfs";
    std::ofstream(bed.state / "filler") << std::string(60'000, 'x');
    const auto ended = run_daemon(options_for(bed));
    return std::to_string(ended.status) + " " + ended.errors;
  });
  CHECK_THAT(status, Catch::Matchers::StartsWith("1 "));
  CHECK_THAT(status, Contains("cannot") && Contains(bed.state.string()));
}

TEST_CASE("the socket that systemd passes goes before the one of the options") {
  const Bed bed;
  const auto path = bed.folder / "passed.sock";
  const pid_t pid = fork();
  if (pid == 0) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof(address.sun_path) - 1);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 || listen(fd, 8) != 0)
      _exit(1);
    if (fd != 3 && dup2(fd, 3) != 3) _exit(1);
    setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
    setenv("LISTEN_FDS", "1", 1);
    auto options = options_for(bed);
    options.insert(options.begin(), RIGSETUP_BUILD_DIR "/rigsetupd");
    std::vector<char*> argv;
    for (auto& option : options) argv.push_back(option.data());
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  const bool answers = eventually([&] {
    try {
      return get(path, "/v1/version").status == 200;
    } catch (const std::runtime_error&) {
      return waitpid(pid, &status, WNOHANG) != 0;
    }
  });
  CHECK(answers);
  CHECK_FALSE(std::filesystem::exists(bed.socket));
  kill(pid, SIGTERM);
  REQUIRE(waitpid(pid, &status, 0) == pid);
  CHECK(status == 0);
  CHECK(std::filesystem::exists(path));  // it is systemd's, for the next start
}
