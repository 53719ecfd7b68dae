// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// Whoever watches a run sees every record, in order, exactly once, its end included.

#include <array>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>

#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/running_daemon.hpp"

using namespace rigsetup;
using namespace rigsetup::test;

namespace {

constexpr int k_watchers = 200;
constexpr int k_strangers = 20;
constexpr int k_steps = 40;

using Lines = std::vector<std::string>;

/// A gate, then many steps whose records are long, so that what is not read fills its socket.
std::string steps() {
  std::string text =
      "  - id: gate\n    command: {argv: [sh, -c, \"until test -e /tmp/go; do sleep 0.05; done; touch "
      "/tmp/gone\"], check: [test, -e, /tmp/gone]}\n";
  for (int i = 0; i < k_steps; ++i) {
    text += "  - id: f" + std::to_string(i) + "\n    file: {path: /etc/" + std::string(200, 'x') +
            std::to_string(i) + ", content: x}\n";
  }
  return text;
}

void ask(HttpClient& client, std::int64_t after, bool follow) {
  client.send("GET /v1/runs/latest/events?after=" + std::to_string(after) + (follow ? "&follow=1" : "") +
              " HTTP/1.1\r\nHost: x\r\n\r\n");
}

std::int64_t number_of(const std::string& record) { return parse_json(record).at("seq").as_int(); }

/// The next record; nothing at the end of the stream.
std::optional<std::string> next_record(HttpClient& client) {
  while (auto line = client.read_line()) {
    if (line->find("{\"progress\":") != 0) return line;
  }
  return std::nullopt;
}

/// The records that come on this connection, as long as they are wanted.
void take(
    HttpClient& client, Lines& seen, const std::function<bool()>& more = [] { return true; }) {
  if (client.read_head().status != 200) throw std::runtime_error("no stream");
  while (more()) {
    auto record = next_record(client);
    if (!record) return;
    seen.push_back(std::move(*record));
  }
}

void pause() { std::this_thread::sleep_for(std::chrono::milliseconds(5)); }

void watch(HttpClient& client, Lines& seen) {
  ask(client, 0, true);
  take(client, seen);
}
void from_the_start(const Bed& bed, Lines& seen) {
  HttpClient client(bed.socket);
  watch(client, seen);
}
/// Reads what there is, then follows from there.
void late(const Bed& bed, Lines& seen) {
  HttpClient client(bed.socket);
  ask(client, 0, false);
  take(client, seen);
  pause();
  ask(client, number_of(seen.back()), true);
  take(client, seen);
}
/// Hangs up after every few records, with more of them on the way.
void reconnecting(const Bed& bed, Lines& seen) {
  while (seen.empty() || seen.back().find("\"run-finished\"") == std::string::npos) {
    HttpClient client(bed.socket);
    ask(client, seen.empty() ? 0 : number_of(seen.back()), true);
    take(client, seen, [left = 7]() mutable { return left-- > 0; });
  }
}
void slow(const Bed& bed, Lines& seen) {
  HttpClient client(bed.socket);
  ask(client, 0, true);
  take(client, seen, [] {
    pause();
    return true;
  });
}
/// Asks twice in a row, reads nothing until the run has ended, and then all.
void asleep(const Bed& bed, Lines& seen) {
  HttpClient client(bed.socket);
  ask(client, 0, true);
  ask(client, 0, false);
  if (!eventually([&] { return outcome_of(bed, 1) != "running"; }))
    throw std::runtime_error("it does not end");
  take(client, seen);
  Lines again;
  take(client, again);
  if (again != seen) throw std::runtime_error("the second time it was told otherwise");
}
constexpr std::array k_kinds = {from_the_start, late, reconnecting, slow, asleep};

std::vector<std::int64_t> numbers(const Lines& records) {
  std::vector<std::int64_t> all;
  for (const auto& record : records) all.push_back(number_of(record));
  return all;
}

}  // namespace

TEST_CASE("two hundred watchers of all kinds see every record in order and once, its end included") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto descriptors = settled_descriptors(daemon.pid());
  REQUIRE(start_run(bed, steps()) == 1);

  std::vector<Lines> seen(k_watchers);
  std::vector<std::string> problems(k_watchers);
  std::vector<HttpClient> strangers;  // before there are threads: see connect_as
  for (int i = 0; i < k_strangers; ++i) strangers.push_back(connect_as(12345 + i, {}, bed.socket));
  {
    std::vector<std::jthread> watchers;
    for (int i = 0; i < k_watchers; ++i) {
      watchers.emplace_back([&, i] {
        try {
          i < k_strangers ? watch(strangers[i], seen[i]) : k_kinds[i % k_kinds.size()](bed, seen[i]);
        } catch (const std::exception& error) {
          problems[i] = error.what();
        }
      });
    }
    // Some watch by now, some come while it runs.
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::ofstream(bed.root / "tmp/go");
  }

  strangers.clear();

  Lines all;
  for (const auto& record : follow(bed, 1)) all.push_back(to_json(record));
  CHECK(all.size() >= 2 + 2 * (k_steps + 1));
  CHECK(all.back().find("\"run-finished\"") != std::string::npos);
  for (int i = 0; i < k_watchers; ++i) {
    INFO("watcher " << i);
    CHECK(problems[i] == "");
    if (i < k_strangers) {
      CHECK(numbers(seen[i]) == numbers(all));  // a stranger's are without evidence
    } else {
      CHECK(seen[i] == all);
    }
  }
  CHECK(eventually([&] { return open_descriptors(daemon.pid()) == descriptors; }));
}
