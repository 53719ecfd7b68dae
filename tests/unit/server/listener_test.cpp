// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/listener.hpp"

#include <fstream>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rigsetup/base/error.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/http_client.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using rigsetup::server::Listener;

TEST_CASE("the socket is made with its folder, and every local user may connect") {
  const test::TemporaryFolder folder;
  const auto path = folder / "run" / "rigsetup" / "a.sock";
  {
    const Listener listener(path);
    struct stat info {};
    REQUIRE(stat(path.c_str(), &info) == 0);
    CHECK(S_ISSOCK(info.st_mode));
    CHECK((info.st_mode & 07777) == 0666);
    CHECK_NOTHROW(test::HttpClient(path));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("the socket of a dead daemon is replaced, that of a living one is not") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.sock";
  Listener dead(path);
  const int fd = dead.release();
  close(fd);  // as the kernel does when a process is killed: the path stays
  REQUIRE(std::filesystem::exists(path));
  const Listener living(path);
  try {
    const Listener second(path);
    FAIL("two listen on one path");
  } catch (const Error& error) {
    CHECK(error.code() == Code::busy);
  }
  CHECK_NOTHROW(test::HttpClient(path));
}

TEST_CASE("a file in the socket's place is left alone") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.sock";
  std::ofstream(path) << "precious";
  CHECK_THROWS_AS(Listener(path), Error);
  CHECK(std::filesystem::file_size(path) == 8);
}

TEST_CASE("a path that no socket can have is refused with its bound") {
  const test::TemporaryFolder folder;
  try {
    const Listener listener(folder / std::string(120, 'x'));
    FAIL("it was taken");
  } catch (const Error& error) {
    CHECK(error.code() == Code::invalid);
    CHECK(error.hint() == "a socket's path has at most 107 bytes");
  }
}
