// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// Too much of everything, by several strangers at once: root is answered during it, and nothing is left
// behind.

#include <fstream>
#include <memory>

#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/description.hpp"
#include "tests/support/running_daemon.hpp"

using namespace rigsetup;
using namespace rigsetup::test;

namespace {

using namespace std::string_literals;
using Clients = std::vector<std::unique_ptr<HttpClient>>;

constexpr std::size_t k_megabyte = 1 << 20;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool k_memory_counts = false;
#else
constexpr bool k_memory_counts = true;
#endif

/// Small enough for a socket's buffer, for nobody may be there to read it.
void connect(const Bed& bed, Clients& clients, uid_t uid, int count, const std::string& bytes) {
  for (int i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<HttpClient>(connect_as(uid, {}, bed.socket)));
    clients.back()->send(bytes);
  }
}

std::string times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

std::string request(const std::string& start, const std::string& body = {}) {
  return start + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A run with records enough that a few hundred copies fill any socket.
void make_history(const Bed& bed) {
  std::string steps;
  for (int i = 0; i < 30; ++i) {
    steps += "  - id: f" + std::to_string(i) + "\n    file: {path: /etc/" + std::string(200, 'x') +
             std::to_string(i) + ", content: x}\n";
  }
  follow(bed, start_run(bed, steps));
  REQUIRE(outcome_of(bed, 1) == "done");
}

void root_is_answered(const Bed& bed) {
  CHECK(get(bed.socket, "/v1/version").status == 200);
  CHECK(get(bed.socket, "/v1/status?root=" + bed.root.string()).status == 200);
  CHECK(
      post(bed.socket, "/v1/plans", inline_recipe(bed, "  - file: {path: /etc/one, content: x}\n")).status ==
      200);
}

/// Nothing is open any more that was not before, and what was in memory is given back.
void nothing_is_left(const RunningDaemon& daemon, std::size_t descriptors) {
  CHECK(eventually([&] { return open_descriptors(daemon.pid()) == descriptors; }));
  INFO(anonymous_bytes(daemon.pid()) / 1024 << " KiB");
  if (k_memory_counts) CHECK(eventually([&] { return anonymous_bytes(daemon.pid()) < 6 * k_megabyte; }));
}

}  // namespace

TEST_CASE("two hundred streams that nobody reads cost little, and go with their clients") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  make_history(bed);
  const auto descriptors = settled_descriptors(daemon.pid());
  Clients clients;
  const auto events = times(10, request("GET /v1/runs/1/events?follow=1"));
  for (int i = 0; i < 200; ++i) {
    connect(bed, clients, i < 104 ? 0 : 12345 + i % 3, 1, events);
    CHECK(clients.back()->read_head().status == 200);
  }
  for (int i = 0; i < 3; ++i) root_is_answered(bed);
  INFO(anonymous_bytes(daemon.pid()) / 1024 << " KiB");
  if (k_memory_counts) CHECK(anonymous_bytes(daemon.pid()) < 32 * k_megabyte);
  clients.clear();
  nothing_is_left(daemon, descriptors);
}

TEST_CASE("three strangers send all they can, and root is answered") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  make_history(bed);
  const Description description;
  const auto& version = description.operations().front();
  HttpClient resting(bed.socket);  // a client of root's that stays
  CHECK(resting.get("/v1/version").status == 200);
  const auto descriptors = settled_descriptors(daemon.pid());
  const auto recipe = to_json(inline_recipe(bed, times(150, "  - file: {path: /etc/one, content: x}\n")));
  const auto half =
      "POST /v1/validate HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n" + std::string(1'000'000, ' ');
  for (int round = 0; round < 3; ++round) {
    Clients clients;
    for (uid_t stranger = 12345; stranger < 12348; ++stranger) {
      connect(bed, clients, stranger, 8, times(20, request("POST /v1/validate", recipe)));
      connect(bed, clients, stranger, 8, times(50, request("GET /v1/status")));
      connect(bed, clients, stranger, 8, half);
      connect(bed, clients, stranger, 8, "GET /v1/ver");
      connect(bed, clients, stranger, 40, "GET /v1/ver");
      const auto refused = clients.back()->read_reply();
      CHECK(refused.status == 503);
      CHECK(version.departures(refused).empty());
    }
    root_is_answered(bed);
  }
  nothing_is_left(daemon, descriptors);
  CHECK(resting.get("/v1/version").status == 200);
}

TEST_CASE("root plans while the plans of strangers take long") {
  const Bed bed;
  const auto looking = bed.folder / "looking";
  std::ofstream(bed.data / "slow.yaml")
      << "rigsetup: 1\nname: slow\nsteps:\n  - command: {argv: [\"true\"], check: [sh, -c, 'touch "
      << looking.string() << "; sleep 300'], timeout: 10min}\n";
  const RunningDaemon daemon(bed);
  const auto descriptors = settled_descriptors(daemon.pid());
  Clients clients;
  for (uid_t stranger = 12345; stranger < 12348; ++stranger) {
    connect(bed, clients, stranger, 2, request("POST /v1/plans", R"({"recipe":{"shipped":"slow"}})"));
  }
  REQUIRE(eventually([&] { return std::filesystem::exists(looking); }));
  root_is_answered(bed);
  CHECK(post(bed.socket, "/v1/validate", inline_recipe(bed, "  - file: {}\n")).status == 200);
  clients.clear();
  nothing_is_left(daemon, descriptors);
}

TEST_CASE("a small request of very many values is refused before it is a large one") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto descriptors = settled_descriptors(daemon.pid());
  CHECK(get(bed.socket, "/v1/version").status == 200);
  const auto before = peak_bytes(daemon.pid());
  for (const std::string& value : {"0,"s, "[],"s, "{},"s, "\"\","s}) {
    const auto many = times(static_cast<int>(1'900'000 / value.size()), value);
    const auto answer =
        connect_as(12345, {}, bed.socket)
            .request("POST", "/v1/validate", "{\"recipe\":{\"text\":\"x\"},\"more\":[" + many + "0]}");
    CHECK(answer.status == 422);
  }
  const auto text = to_json(Value::map({{"recipe", Value::map({{"text", times(500'000, "- ")}})}}));
  CHECK(connect_as(12345, {}, bed.socket).request("POST", "/v1/validate", text).status == 200);
  INFO(peak_bytes(daemon.pid()) / 1024 << " KiB after " << before / 1024);
  if (k_memory_counts) CHECK(peak_bytes(daemon.pid()) < before + 48 * k_megabyte);
  nothing_is_left(daemon, descriptors);
}
