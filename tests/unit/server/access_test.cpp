// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/access.hpp"

#include <pty.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::server;

namespace {
constexpr uid_t k_daemon = 4711;
constexpr uid_t k_stranger = 12345;
const std::string k_group = "daemon";  // a group that every Debian has, with this number
constexpr gid_t k_group_id = 1;
}  // namespace

TEST_CASE("root and the daemon's own user are trusted") {
  CHECK(is_trusted({0, 0, 1, {}, false}, k_daemon, k_group));
  CHECK(is_trusted({k_daemon, 0, 1, {}, false}, k_daemon, k_group));
}

TEST_CASE("members of the group are trusted, by primary or by supplementary group") {
  CHECK(is_trusted({k_stranger, k_group_id, 1, {}, false}, k_daemon, k_group));
  CHECK(is_trusted({k_stranger, 100, 1, {7, k_group_id}, false}, k_daemon, k_group));
}

TEST_CASE("nobody else is trusted") {
  CHECK_FALSE(is_trusted({k_stranger, 100, 1, {7, 8}, false}, k_daemon, k_group));
  CHECK_FALSE(is_trusted({k_stranger, 100, 1, {}, false}, k_daemon, "there-is-no-such-group"));
  CHECK_FALSE(is_trusted({k_stranger, 0, 1, {0}, false}, k_daemon, k_group));  // root's group is not root
}

TEST_CASE("the peer of a socket is known by its credentials") {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  const auto peer = peer_of(ends[0]);
  close(ends[0]);
  close(ends[1]);
  CHECK(peer.uid == geteuid());
  CHECK(peer.gid == getegid());
  CHECK(peer.pid == getpid());
  std::vector<gid_t> own(static_cast<std::size_t>(getgroups(0, nullptr)));
  REQUIRE(getgroups(static_cast<int>(own.size()), own.data()) >= 0);
  CHECK(peer.groups == own);
}

TEST_CASE("the terminal of a process is told as people write it") {
  int master = -1;
  char name[64];
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = forkpty(&master, name, nullptr, nullptr);
  REQUIRE(child >= 0);
  if (child == 0) {
    const bool told = write(ready[1], "x", 1) == 1;
    pause();
    _exit(told ? 0 : 1);
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  CHECK("/dev/" + terminal_of(child) == name);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(terminal_of(child).empty());  // it is gone
  for (const int fd : {master, ready[0], ready[1]}) close(fd);
}

TEST_CASE("a process without a terminal has none") {
  const pid_t child = fork();
  if (child == 0) _exit(setsid() > 0 && terminal_of(getpid()).empty() ? 0 : 1);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(terminal_of(0).empty());  // a peer of another namespace of processes
}

TEST_CASE("a refusal names the caller and what was wanted") {
  try {
    require_trusted({k_stranger, 100, 1, {}, false}, "start a run");
    FAIL("it was allowed");
  } catch (const Error& error) {
    CHECK(error.code() == Code::denied);
    CHECK(error.message() == "cannot start a run: user 12345 may not do this");
    CHECK_FALSE(error.hint().empty());
  }
  CHECK_NOTHROW(require_trusted({k_stranger, 100, 1, {}, true}, "start a run"));
}
