// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <memory>

#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/running_daemon.hpp"

using namespace rigsetup;
using namespace rigsetup::test;

namespace {

std::string follow_request(std::int64_t run, std::int64_t after) {
  return "GET /v1/runs/" + std::to_string(run) + "/events?follow=1&after=" + std::to_string(after) +
         " HTTP/1.1\r\nHost: x\r\n\r\n";
}

/// The numbers of the records that are still to come.
std::vector<std::int64_t> rest_of(HttpClient& client) {
  std::vector<std::int64_t> numbers;
  while (const auto line = client.read_line()) {
    const auto value = parse_json(*line);
    if (value.find("progress") == nullptr) numbers.push_back(value.at("seq").as_int());
  }
  return numbers;
}

std::vector<std::int64_t> counted(std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> numbers;
  for (auto i = from; i <= to; ++i) numbers.push_back(i);
  return numbers;
}

/// Steps one after the other, the first of which waits for /tmp/go.
std::string many_steps(int count) {
  std::string steps =
      "  - id: gate\n    command: {argv: [sh, -c, \"until test -e /tmp/go; do sleep 0.05; done; touch "
      "/tmp/gone\"], "
      "check: [test, -e, /tmp/gone]}\n";
  for (int i = 0; i < count; ++i) {
    steps +=
        "  - id: f" + std::to_string(i) + "\n    file: {path: /etc/f" + std::to_string(i) + ", content: x}\n";
  }
  return steps;
}

}  // namespace

TEST_CASE("a watcher that was cut off goes on where it was") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto run = start_run(bed, many_steps(5));
  std::int64_t seen = 0;
  {
    HttpClient first(bed.socket);
    first.send(follow_request(run, 0));
    first.read_head();
    while (seen < 2) {
      const auto value = parse_json(first.read_line().value());
      if (value.find("seq") != nullptr) seen = value.at("seq").as_int();
    }
  }
  HttpClient second(bed.socket);
  second.send(follow_request(run, seen));
  second.read_head();
  std::filesystem::create_directory(bed.root / "tmp/go");
  const auto rest = rest_of(second);
  CHECK(rest == counted(seen + 1, static_cast<std::int64_t>(follow(bed, run).size())));
}

TEST_CASE("a connection serves one request after the other, streams among them") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  follow(bed, start_run(bed, "  - file: {path: /etc/one, content: x}\n"));
  HttpClient client(bed.socket);
  for (int i = 0; i < 3; ++i) {
    CHECK(client.get("/v1/version").status == 200);
    client.send(follow_request(1, 0));
    CHECK(client.read_head().status == 200);
    CHECK(rest_of(client).size() == 4);
    CHECK(client.get("/v1/nothing").status == 404);
  }
}
