// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <fstream>
#include <memory>

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/running_daemon.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

namespace {

constexpr uid_t k_stranger = 12345;

bool still_answers(const Bed& bed) { return get(bed.socket, "/v1/version").status == 200; }

}  // namespace

TEST_CASE("what is no HTTP is refused as such and the connection ends") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const std::pair<std::string, int> tries[] = {
      {"\x16\x03\x01\x02garbage\r\n\r\n", 400},
      {"GET\r\n\r\n", 400},
      {"GET /v1/version HTTP/9.9\r\n\r\n", 400},
      {"GET /v1/version HTTP/1.0\r\n\r\n", 505},
      {"GET /v1/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400},
      {"POST /v1/plans HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST /v1/plans HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413},
      {"POST /v1/plans HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411},
      {"GET /v1/version HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", 431},
      {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n", 431},
  };
  for (const auto& [bytes, status] : tries) {
    INFO(bytes.substr(0, 60));
    HttpClient client(bed.socket);
    client.send(bytes);
    const auto answer = client.read_reply();
    CHECK(answer.status == status);
    CHECK_FALSE(answer.json().at("message").as_string().empty());
    CHECK(client.closed_by_peer());
  }
  CHECK(still_answers(bed));
}

TEST_CASE("methods and paths that are none are told so") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  HttpClient client(bed.socket);
  const auto answer = client.request("PUT", "/v1/runs");
  CHECK(answer.status == 405);
  CHECK(answer.headers.at("allow") == "POST, GET");
  CHECK(client.request("BREW", "/v1/runs").status == 405);
  CHECK(client.get("/v1/status?rot=/mnt").status == 422);
  CHECK(client.get("/v2/status").status == 404);
}

TEST_CASE("half a request holds nobody up, and goes with its sender") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  std::vector<std::unique_ptr<HttpClient>> halves;
  for (int i = 0; i < 50; ++i) {
    halves.push_back(std::make_unique<HttpClient>(bed.socket));
    halves.back()->send(i % 2 == 0 ? "GET /v1/ver"
                                   : "POST /v1/plans HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");
  }
  CHECK(still_answers(bed));
  halves.clear();
  CHECK(still_answers(bed));
}

TEST_CASE("a client that announces a body and waits is told to go on") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  HttpClient client(bed.socket);
  client.send("POST /v1/validate HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(client.read_reply().status == 100);
  client.send("{}");
  CHECK(client.read_reply().status == 422);
}

TEST_CASE("requests that come all at once are answered in order") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  HttpClient client(bed.socket);
  client.send(
      "GET /v1/recipes HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n"
      "GET /v1/version HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK_THAT(client.read_reply().body, Contains("greeting"));
  CHECK(client.read_reply().status == 404);
  CHECK_THAT(client.read_reply().body, Contains("version"));
}

TEST_CASE("a client that only ended its sending is answered") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  HttpClient client(bed.socket);
  client.send("GET /v1/recipes HTTP/1.1\r\nHost: x\r\n\r\n");
  shutdown(client.descriptor(), SHUT_WR);
  CHECK(client.read_reply().status == 200);
}

TEST_CASE("a flood of a stranger's connections leaves room for others") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto result = as_user(k_stranger, {}, [&] {
    std::vector<std::unique_ptr<HttpClient>> clients;
    int refused = 0;
    for (int i = 0; i < 300; ++i) {
      clients.push_back(std::make_unique<HttpClient>(bed.socket));
      clients.back()->send("GET /v1/runs/latest/ev");
    }
    // Taken in the order in which they came: the first are held, the others told that they are too many.
    for (auto client = clients.rbegin(); client != clients.rend() - 32; ++client) {
      refused += (*client)->read_reply().status == 503;
    }
    return std::to_string(refused);
  });
  CHECK(result == "268");
  CHECK(still_answers(bed));
}

TEST_CASE("root is answered while a stranger holds all it can") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  int ready[2];
  int done[2];
  REQUIRE(pipe(ready) == 0);
  REQUIRE(pipe(done) == 0);
  const pid_t child = fork();
  if (child == 0) {
    if (setgid(k_stranger) != 0 || setuid(k_stranger) != 0) _exit(1);
    close(done[1]);
    std::vector<std::unique_ptr<HttpClient>> clients;
    for (int i = 0; i < 200; ++i) {
      clients.push_back(std::make_unique<HttpClient>(bed.socket));
      clients.back()->send("POST /v1/validate HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n");
    }
    char byte = 'x';
    if (write(ready[1], &byte, 1) != 1 || read(done[0], &byte, 1) != 0) _exit(1);
    _exit(0);
  }
  close(done[0]);
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  for (int i = 0; i < 100; ++i) CHECK(still_answers(bed));
  CHECK(get(bed.socket, "/v1/status?root=" + bed.root.string()).status == 200);
  CHECK(request_as(k_stranger + 1, {}, bed.socket, "GET", "/v1/version").status == 200);
  close(done[1]);
  close(ready[0]);
  close(ready[1]);
  waitpid(child, nullptr, 0);
}

TEST_CASE("a stream that nobody reads costs little and holds nobody up") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto run = start_run(bed, R"(
  - id: talk
    command: {argv: [sh, -c, "i=0; while test $i -lt 40000; do echo 'a line of a hundred bytes or so, to fill a log that is larger than any buffer of a socket'; i=$((i+1)); done; touch /tmp/said"], check: [test, -e, /tmp/said]}
)");
  follow(bed, run);
  REQUIRE(outcome_of(bed, run) == "done");
  std::vector<std::unique_ptr<HttpClient>> lazy;
  for (int i = 0; i < 50; ++i) {
    lazy.push_back(std::make_unique<HttpClient>(bed.socket));
    lazy.back()->send("GET /v1/runs/1/log?step=talk HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  CHECK(still_answers(bed));
  const auto whole = get(bed.socket, "/v1/runs/1/log?step=talk");
  CHECK(whole.body.size() > 3'000'000);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  CHECK(anonymous_bytes(daemon.pid()) < (24U << 20));
#endif
}

TEST_CASE("planning stops when its client goes") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto slow = to_json(inline_recipe(bed, R"(
  - command: {argv: [sh], check: [sh, -c, "touch /tmp/looking; sleep 300"], timeout: 10min}
)"));
  {
    HttpClient client(bed.socket);
    client.send("POST /v1/plans HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(slow.size()) +
                "\r\n\r\n" + slow);
    REQUIRE(eventually([&] { return std::filesystem::exists(bed.root / "tmp/looking"); }));
  }
  // It is the root's turn of another only when the first has ended.
  CHECK(
      post(bed.socket, "/v1/plans", inline_recipe(bed, "  - file: {path: /etc/one, content: x}\n")).status ==
      200);
}

TEST_CASE("the daemon ends at once, whatever its clients are about") {
  const Bed bed;
  RunningDaemon daemon(bed);
  const std::string slow =
      "  - command: {argv: [sh, -c, \"touch /tmp/begun; until test -e /tmp/go; do sleep 0.05; done; touch "
      "/tmp/ended\"], "
      "check: [test, -e, /tmp/never]}\n";
  const auto other =
      Value::map({{"recipe", Value::map({{"shipped", "greeting"}})}, {"root", bed.root.string()}});
  const auto plan = post(bed.socket, "/v1/plans", other).json();
  start_run(bed, slow);
  REQUIRE(eventually([&] { return std::filesystem::exists(bed.root / "tmp/begun"); }));
  HttpClient half(bed.socket);
  half.send("GET /v1/ver");
  HttpClient idle(bed.socket);
  CHECK(idle.get("/v1/version").status == 200);
  HttpClient follower(bed.socket);
  follower.send("GET /v1/runs/1/events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(follower.read_head().status == 200);
  HttpClient waiting(bed.socket);
  const auto wait =
      to_json(Value::map({{"plan", plan.at("id")}, {"digest", plan.at("digest")}, {"wait", true}}));
  waiting.send("POST /v1/runs HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(wait.size()) +
               "\r\n\r\n" + wait);
  CHECK(idle.get("/v1/status").status == 200);
  CHECK(daemon.stop() == 0);
  CHECK(half.closed_by_peer());
  CHECK(idle.closed_by_peer());
  CHECK_THROWS(waiting.read_reply());
  // The job went on; let it end.
  std::filesystem::create_directory(bed.root / "tmp/go");
  CHECK(eventually([&] { return std::filesystem::exists(bed.root / "tmp/ended"); }));
}
