// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <cerrno>

#include <rigsetup/base/error.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;

TEST_CASE("every code has a name and is found by it") {
  for (const Code code : {Code::invalid, Code::not_found, Code::denied, Code::busy, Code::conflict, Code::io,
                          Code::network, Code::program, Code::unsupported, Code::internal}) {
    CHECK(code_from(to_string(code)) == code);
  }
  CHECK(to_string(Code::not_found) == "not_found");
  CHECK(code_from("no such code") == Code::internal);
}

TEST_CASE("a place says as much as is known") {
  CHECK(Place{}.text() == "");
  CHECK(Place{"a.yaml", 0, 0}.text() == "a.yaml");
  CHECK(Place{"a.yaml", 3, 0}.text() == "a.yaml:3");
  CHECK(Place{"a.yaml", 3, 7}.text() == "a.yaml:3:7");
  CHECK(Place{"", 3, 7}.text() == "3:7");
}

TEST_CASE("a complaint is one line of file, place, message and hint") {
  CHECK(Complaint{{"a.yaml", 3, 7}, "no such thing", "write it"}.text() ==
        "a.yaml:3:7: no such thing (write it)");
  CHECK(Complaint{{"a.yaml", 0, 0}, "it is empty", ""}.text() == "a.yaml: it is empty");
  CHECK(Complaint{{}, "it is empty", ""}.text() == "it is empty");
}

TEST_CASE("an error seen from further up keeps its code and place, and gets a hint only if it has none") {
  const Error low(Code::network, "cannot reach example.org", "", {"a", 1, 2});
  const Error high = low.in("fetch the key", "look at the network");
  CHECK(high.code() == Code::network);
  CHECK(high.message() == "cannot fetch the key: cannot reach example.org");
  CHECK(std::string(high.what()) == high.message());
  CHECK(high.hint() == "look at the network");
  CHECK(high.place() == Place{"a", 1, 2});
  CHECK(high.in("go on", "another").hint() == "look at the network");
}

TEST_CASE("errors of the system say what was done, why it failed and what helps") {
  const Error full = errno_error("write /x", ENOSPC);
  CHECK(full.code() == Code::io);
  CHECK(full.message() == "cannot write /x: No space left on device");
  CHECK(full.hint().find("free some space") == 0);
  CHECK(errno_error("write /x", EROFS).hint().find("read-only") != std::string::npos);
  CHECK(errno_error("open /x", EACCES).code() == Code::denied);
  CHECK(errno_error("open /x", EPERM).hint().find("root") != std::string::npos);
  CHECK(errno_error("open /x", ENOENT).code() == Code::not_found);
  CHECK(errno_error("open /x", ENOENT).hint().empty());
}
