// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "server/routes.hpp"

#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::server;

namespace {

const Peer k_root{0, 0, 1, {}, true};
const Peer k_stranger{2000, 2000, 1, {}, false};

Request request_for(std::string_view method, std::string_view target, const Peer& peer = k_root) {
  Request request(method, target);
  request.peer = peer;
  return request;
}

const Route* found(Request& request) {
  const auto result = find_route(request);
  const auto* route = std::get_if<const Route*>(&result);
  return route == nullptr ? nullptr : *route;
}

Reply refused(Request request) {
  auto result = find_route(request);
  REQUIRE(std::holds_alternative<Reply>(result));
  return std::move(std::get<Reply>(result));
}

}  // namespace

TEST_CASE("each route is found by its method and path") {
  for (const auto& route : routes()) {
    std::string target(route.path);
    for (const std::string name : {"{id}", "{name}"}) {
      if (const auto at = target.find(name); at != std::string::npos)
        target.replace(at, name.size(), "latest");
    }
    auto request = request_for(route.method, target);
    CHECK(found(request) == &route);
  }
}

TEST_CASE("what stands for a name in the path is captured") {
  auto request = request_for("GET", "/v1/runs/17/events?after=3&follow=1");
  REQUIRE(found(request) != nullptr);
  CHECK(request.captures.at("id") == "17");
}

TEST_CASE("an unknown path is 404 and names a near one") {
  const auto reply = refused(request_for("GET", "/v1/statsu"));
  CHECK(reply.status == 404);
  CHECK(reply.body.find("/v1/status") != std::string::npos);
  CHECK(refused(request_for("GET", "/")).status == 404);
  CHECK(refused(request_for("GET", "/v1/runs//events")).status == 404);
  CHECK(refused(request_for("GET", "/v1/status/")).status == 404);
}

TEST_CASE("another method is 405 with those that are allowed") {
  const auto method = GENERATE("HEAD", "PUT", "DELETE", "OPTIONS");
  const auto reply = refused(request_for(method, "/v1/runs"));
  CHECK(reply.status == 405);
  CHECK(reply.allow == "POST, GET");
}

TEST_CASE("a parameter that a route does not have is refused") {
  const auto reply = refused(request_for("GET", "/v1/status?rot=/mnt"));
  CHECK(reply.status == 422);
  CHECK(reply.body.find("root") != std::string::npos);
}

TEST_CASE("strangers are refused what changes the machine, and other roots") {
  for (const auto& route : routes()) {
    if (route.access != Access::trusted) continue;
    std::string target(route.path);
    if (const auto at = target.find("{id}"); at != std::string::npos) target.replace(at, 4, "1");
    const auto reply = refused(request_for(route.method, target, k_stranger));
    CHECK(reply.status == 403);
    CHECK(reply.body.find("cannot :") == std::string::npos);
    CHECK(reply.body.find('{', 1) == std::string::npos);
  }
  const auto cancel = refused(request_for("POST", "/v1/runs/16/cancel", k_stranger));
  CHECK(cancel.body.find("cannot cancel run 16: user 2000 may not do this") != std::string::npos);
  CHECK(refused(request_for("GET", "/v1/status?root=/mnt", k_stranger)).status == 403);
  CHECK(refused(request_for("GET", "/v1/facts?root=/", k_stranger)).status == 403);
  auto allowed = request_for("GET", "/v1/status", k_stranger);
  CHECK(found(allowed) != nullptr);
}

TEST_CASE("only looking is open to every local user") {
  for (const auto& route : routes()) {
    if (route.method == "GET" || route.path == "/v1/validate" || route.path == "/v1/plans") continue;
    if (route.path == "/v1/doctor") continue;  // what it is sent is only judged
    CHECK(route.access == Access::trusted);
  }
}
