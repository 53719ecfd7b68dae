// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <thread>

#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/running_daemon.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

namespace {

constexpr uid_t k_stranger = 4711;
const std::string k_token = "0123456789abcdef0123456789abcdef";
const std::string k_path = "/v1/activity/" + k_token;

/// A step that is looked at until /tmp/go is there.
const std::string k_gate =
    "  - id: gate\n    command: {argv: [\"true\"], check: [sh, -c, \"until test -e /tmp/go; do sleep 0.05; "
    "done\"]}\n";

}  // namespace

TEST_CASE("whoever waits for a plan is told what the daemon is at, and nobody else is") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  std::filesystem::create_directory(bed.root / "tmp");
  auto body = inline_recipe(bed, k_gate);
  body.set("token", k_token);
  CHECK(get(bed.socket, k_path).status == 404);
  HttpAnswer planned;
  std::jthread client([&] { planned = post(bed.socket, "/v1/plans", body); });

  CHECK(eventually([&] {
    const auto answer = get(bed.socket, k_path);
    return answer.status == 200 && answer.json().get("label", "").find("step gate") != std::string::npos;
  }));
  // What takes long is named: the program that looks.
  CHECK(eventually([&] {
    const auto at = get(bed.socket, k_path).json().get("at", "");
    return at == "sleep" || at == "sh" || at == "test";
  }));
  CHECK(request_as(k_stranger, {}, bed.socket, "GET", k_path).status == 404);
  const auto twice = post(bed.socket, "/v1/plans", body);
  CHECK(twice.status == 409);
  CHECK_THAT(twice.body, Contains("another request has it"));

  std::filesystem::create_directory(bed.root / "tmp/go");
  client.join();
  CHECK(planned.status == 200);
  CHECK(get(bed.socket, k_path).status == 404);
}

TEST_CASE("a token that could be guessed is refused") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  for (const std::string token : {"1", "0123456789abcde", "0123456789abcdeg"}) {
    auto body = inline_recipe(bed, k_gate);
    body.set("token", token);
    CHECK(post(bed.socket, "/v1/plans", body).status == 422);
  }
}
