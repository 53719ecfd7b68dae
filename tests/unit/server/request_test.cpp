// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/request.hpp"

#include <rigsetup/base/error.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::server;

TEST_CASE("a target is split and decoded") {
  const Request request("GET", "/v1/runs/a%20b?after=12&root=%2Fmnt%2Fx+y&follow");
  CHECK(request.method == "GET");
  CHECK(request.path == "/v1/runs/a b");
  CHECK(request.parameter("root") == "/mnt/x y");
  CHECK(request.number("after", 0) == 12);
  CHECK(request.number("limit", 7) == 7);
  CHECK(request.query.contains("follow"));
  CHECK(request.parameter("nothing").empty());
}

TEST_CASE("a target that is none is refused") {
  const auto target = GENERATE("/v1/%", "/v1/%4", "/v1/%zz", "/v1/%00", "/v1?a=1&a=2", "/v1?a=%0");
  CHECK_THROWS_AS(Request("GET", target), Error);
}

TEST_CASE("parameters have types") {
  const Request request("GET", "/x?a=-1&b=1x&c=99999999999999999999&d=yes&e=1&f=true&g=0");
  CHECK_THROWS_AS(request.number("a", 0), Error);
  CHECK_THROWS_AS(request.number("b", 0), Error);
  CHECK_THROWS_AS(request.number("c", 0), Error);
  CHECK_THROWS_AS(request.flag("d"), Error);
  CHECK(request.flag("e"));
  CHECK(request.flag("f"));
  CHECK_FALSE(request.flag("g"));
  CHECK_FALSE(request.flag("absent"));
}

TEST_CASE("an error becomes a problem with its status") {
  const auto reply = problem_reply(Error(Code::busy, "cannot start", "wait", {"a.yaml", 3, 1}), 5);
  CHECK(reply.status == 409);
  const auto problem = protocol::Problem::from(parse_json(reply.body));
  CHECK(problem.code == Code::busy);
  CHECK(problem.message == "cannot start");
  CHECK(problem.hint == "wait");
  CHECK(problem.place == "a.yaml:3:1");
  CHECK(problem.run == 5);
}
