// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <fstream>

#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/running_daemon.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

namespace {

const std::string k_steps = R"(
  - id: one
    file: {path: /etc/one, content: "1\n", mode: "0600"}
  - id: two
    command: {argv: [sh, -c, "sleep 0.05; echo made > /tmp/two"], check: [test, -e, /tmp/two]}
  - id: three
    file: {path: /etc/three, content: "3\n"}
)";

/// Reads records until `count` of them were seen; false when the run had fewer.
bool read_records(const Bed& bed, std::int64_t run, int count) {
  HttpClient client(bed.socket);
  client.send("GET /v1/runs/" + std::to_string(run) + "/events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  client.read_head();
  for (int seen = 0; seen < count;) {
    const auto line = client.read_line();
    if (!line) return false;
    if (parse_json(*line).find("progress") == nullptr) ++seen;
  }
  return true;
}

/// Waits for the end of the unfinished run in this daemon; its outcome.
std::string end_of(const Bed& bed, std::int64_t run) {
  follow(bed, run);
  return outcome_of(bed, run);
}

std::string listing_after_a_whole_run() {
  const Bed bed;
  const RunningDaemon daemon(bed);
  REQUIRE(end_of(bed, start_run(bed, k_steps)) == "done");
  return bed.listing();
}

}  // namespace

TEST_CASE("killed at any record and started again, the daemon brings the same end state") {
  const auto wanted = listing_after_a_whole_run();
  for (int count = 1;; ++count) {
    INFO("killed after record " << count);
    const Bed bed;
    RunningDaemon first(bed);
    const auto run = start_run(bed, k_steps);
    const bool there = read_records(bed, run, count);
    first.kill();
    if (!there) {
      CHECK(count > 7);  // a run of three steps has two records and two a step
      break;
    }
    const RunningDaemon second(bed);
    CHECK(end_of(bed, run) == "done");
    CHECK(bed.listing() == wanted);
    // Numbers go on without a gap.
    const auto records = follow(bed, run);
    for (std::size_t i = 0; i < records.size(); ++i) {
      CHECK(records[i].at("seq").as_int() == static_cast<std::int64_t>(i + 1));
      CHECK(records[i].at("event").as_string() != "plan-changed");  // it is followed as it was made
    }
    CHECK(get(bed.socket, "/v1/runs").json().at("runs").as_list().size() == 1);
  }
}

TEST_CASE("with resume: manual the run waits to be asked for") {
  const Bed bed;
  std::ofstream(bed.config) << "resume: manual\n";
  std::int64_t run = 0;
  {
    RunningDaemon first(bed);
    run = start_run(bed, k_steps);
    read_records(bed, run, 3);
    first.kill();
  }
  const RunningDaemon second(bed);
  CHECK(outcome_of(bed, run) == "interrupted");
  CHECK(post(bed.socket, "/v1/runs/latest/resume", Value::map()).status == 200);
  CHECK(end_of(bed, run) == "done");
}

TEST_CASE("a daemon that ends leaves a job alone, and the next one follows it on") {
  const bool by_term = GENERATE(true, false);
  const Bed bed;
  std::int64_t run = 0;
  {
    RunningDaemon first(bed);
    run = start_run(bed, R"(
  - id: slow
    command:
      argv: [sh, -c, "echo begun; touch /tmp/begun; until test -e /tmp/go; do sleep 0.05; done; echo ended; touch /tmp/ended; exit 3"]
      check: [test, -e, /tmp/never]
)");
    REQUIRE(eventually([&] { return std::filesystem::exists(bed.root / "tmp/begun"); }));
    const auto before = std::chrono::steady_clock::now();
    if (by_term) {
      CHECK(first.stop() == 0);
      CHECK(std::chrono::steady_clock::now() - before <
            std::chrono::seconds(20));  // not the sixty of a client
    } else {
      first.kill();
    }
  }
  CHECK_FALSE(std::filesystem::exists(bed.root / "tmp/ended"));
  std::filesystem::create_directory(bed.root / "tmp/go");
  // It ends with nobody there to see.
  REQUIRE(eventually([&] { return std::filesystem::exists(bed.root / "tmp/ended"); }));
  const RunningDaemon second(bed);
  follow(bed, run);
  const auto log = get(bed.socket, "/v1/runs/1/log?step=slow").body;
  CHECK_THAT(log, Contains("begun") && Contains("ended"));
  const auto state = get(bed.socket, "/v1/runs/1").json();
  CHECK(state.at("resumed").as_int() == 1);
}

TEST_CASE("a client that dies cancels nothing") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto run = start_run(bed, k_steps);
  {
    HttpClient client(bed.socket);
    client.send("GET /v1/runs/1/events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  CHECK(end_of(bed, run) == "done");
}
