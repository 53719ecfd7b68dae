// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// How far a run is, as its clients see it, when the daemon is killed and another goes on.

#include <thread>

#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/event/event.hpp>

#include "tests/daemon/client_bed.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
namespace fs = std::filesystem;

namespace {

/// The percentages in what `rigsetup watch` said, as JSON or as plain lines ("[12 %, 3 s left] gate: ...").
std::vector<int> percentages(const std::string& said) {
  std::vector<int> seen;
  for (const std::string& line : split_lines(said)) {
    if (line.starts_with("[")) {
      seen.push_back(std::stoi(line.substr(1)));
    } else if (line.starts_with("{\"progress\":")) {
      const Progress progress = progress_from(parse_json(line).at("progress"));
      if (progress.step.empty()) seen.push_back(static_cast<int>(progress.done));
    }
  }
  return seen;
}

/// The most that records and live values say by now, each.
struct Known {
  int recorded = 0;
  int live = 0;
};

void take(Known& known, const std::string& line) {
  const Value value = parse_json(line);
  if (value.find("progress") == nullptr) {
    known.recorded = std::max(known.recorded, record_from(value).percent);
  } else if (const Progress progress = progress_from(value.at("progress")); progress.step.empty()) {
    known.live = std::max(known.live, static_cast<int>(progress.done));
  }
}

HttpClient watching(const Bed& bed) {
  HttpClient client(bed.socket);
  client.send("GET /v1/runs/latest/events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(client.read_head().status == 200);
  return client;
}

}  // namespace

TEST_CASE("the percentage falls for nobody when the daemon is killed and the next one goes on") {
  const ClientBed bed;
  std::optional<RunningDaemon> daemon(bed);
  const std::string steps =
      many_files(2) + k_gate + "  - id: last\n    file: {path: /etc/last, content: x}\n";
  // From the first run the second knows how long the gate takes, and so goes on by time within it.
  std::thread first([&] { call(shell_line(bed.apply(steps, {"--once"}))); });
  REQUIRE(bed.gate_is_reached());
  std::this_thread::sleep_for(std::chrono::seconds(2));
  bed.open_gate();
  first.join();
  REQUIRE(outcome_of(bed, 1) == "done");
  fs::remove_all(bed.root / "tmp");
  fs::create_directory(bed.root / "tmp");
  fs::remove(bed.root / "etc/f1");
  fs::remove(bed.root / "etc/last");

  call(shell_line(bed.apply(steps, {"--once", "--detach"})));
  REQUIRE(bed.gate_is_reached());
  Called json;
  Called plain;
  std::thread as_json([&] { json = call(shell_line(bed.client({"watch", "2", "--json"}))); });
  std::thread as_lines([&] { plain = call(shell_line(bed.client({"watch", "2", "--plain"}))); });
  Known before;
  {
    HttpClient client = watching(bed);
    while (before.live <= before.recorded + 20) {  // as far as only those know who watch
      const auto line = client.read_line();
      REQUIRE(line);
      take(before, *line);
    }
  }
  daemon->kill();
  daemon.emplace(bed);

  Known after;
  {
    HttpClient client = watching(bed);
    std::vector<int> sums;
    while (sums.empty()) {
      const auto line = client.read_line();
      REQUIRE(line);
      sums = percentages(*line);
      take(after, *line);
    }
    CHECK(after.recorded >= before.recorded);
    CHECK(sums.front() >= before.recorded);
  }
  bed.open_gate();
  as_json.join();
  as_lines.join();
  CHECK(outcome_of(bed, 2) == "done");
  for (const Called& client : {json, plain}) {
    INFO(client.out << client.errors);
    CHECK(client.status == 0);
    CHECK(std::ranges::is_sorted(percentages(client.out)));
  }
  CHECK(percentages(json.out).size() >= 2);
  CHECK(percentages(json.out).back() == 100);
}
