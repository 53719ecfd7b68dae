// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// The built rigsetup on a real terminal, against the built daemon: what keys, windows and hang-ups do to a
// run.

#include <signal.h>

#include <rigsetup/data/json.hpp>

#include "tests/daemon/client_bed.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

TEST_CASE("Ctrl-C cancels the run, and the client says so and how to go on") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  OnTerminal client(bed.apply(k_gate));
  REQUIRE(client.shows("Ctrl-C cancels"));
  REQUIRE(bed.gate_is_reached());
  client.type("\x03");
  CHECK(client.end() == 7);
  CHECK(outcome_of(bed, 1) == "cancelled");
  CHECK_THAT(client.picture().text(), Contains("Run 1: cancelled") && Contains("To go on: rigsetup apply"));
  CHECK(client.picture().strange().empty());
}

TEST_CASE("a second Ctrl-C only detaches") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  OnTerminal client(bed.apply(k_stubborn_gate));
  REQUIRE(bed.gate_is_reached());
  REQUIRE(client.shows("Ctrl-C cancels"));
  client.type("\x03");
  REQUIRE(client.shows("Ctrl-C again"));
  client.type("\x03");
  CHECK(client.end() == 8);
  CHECK_THAT(client.picture().text(), Contains("Detached; run 1 goes on") && Contains("rigsetup watch 1"));
  CHECK(outcome_of(bed, 1) == "running");
  bed.open_gate();
  follow(bed, 1);
}

TEST_CASE("Ctrl-C twice lets go also of a daemon that does not answer") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  OnTerminal client(bed.apply(k_gate));
  REQUIRE(bed.gate_is_reached());
  REQUIRE(client.shows("Ctrl-C cancels"));
  REQUIRE(::kill(daemon.pid(), SIGSTOP) == 0);
  client.type("\x03");
  REQUIRE(client.shows("does not answer"));
  client.type("\x03");
  CHECK(client.end() == 8);
  REQUIRE(::kill(daemon.pid(), SIGCONT) == 0);
  bed.open_gate();
  follow(bed, 1);
}

TEST_CASE("a terminal that is closed cancels nothing") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  OnTerminal client(bed.apply(k_gate));
  REQUIRE(client.shows("Ctrl-C cancels"));
  REQUIRE(bed.gate_is_reached());
  client.hang_up();
  CHECK(client.end() == 8);
  CHECK(outcome_of(bed, 1) == "running");
  bed.open_gate();
  follow(bed, 1);
  CHECK(outcome_of(bed, 1) == "done");
}

TEST_CASE("a client that was stopped for a while comes back exact") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  OnTerminal client(bed.apply(k_gate + many_files(200), {"--json"}), {.raw = true});
  REQUIRE(client.until([&] { return std::filesystem::exists(bed.root / "tmp/reached"); }));
  REQUIRE(::kill(client.pid(), SIGSTOP) == 0);
  bed.open_gate();
  const auto records = follow(bed, 1);
  REQUIRE(records.size() > 400);
  REQUIRE(::kill(client.pid(), SIGCONT) == 0);
  CHECK(client.end() == 0);
  std::vector<Value> shown;
  for (const auto& line : client.picture().lines())
    if (line.starts_with("{\"run\"")) shown.push_back(parse_json(line));
  CHECK((shown == records));
}

TEST_CASE("a window that is resized while a run goes on never breaks what is drawn after it") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  OnTerminal client(bed.apply(k_gate + many_files(30)), {.columns = 120});
  REQUIRE(client.shows("Ctrl-C cancels"));
  REQUIRE(bed.gate_is_reached());
  for (const int columns : {30, 90, 24, 60}) {
    client.resize(columns, columns / 3);
    for (int drawings = 0; drawings < 2; ++drawings) {  // the first may have been under way
      const auto before = client.bytes().size();
      REQUIRE(client.until([&] { return client.bytes().size() > before; }));
    }
    client.picture().forget_broken();
  }
  bed.open_gate();
  CHECK(client.end() == 0);
  CHECK_THAT(client.picture().text(), Contains("Run 1: done"));
  CHECK(client.picture().strange().empty());
  CHECK(breakable(client.picture().broken()) == std::vector<std::string>{});
}

TEST_CASE("a narrow window breaks no line of a run, nor of what is told of it later") {
  const int columns = GENERATE(20, 27, 40);
  CAPTURE(columns);
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  const auto check_lines = [&](const OnTerminal& client) {
    CHECK(client.picture().strange().empty());
    CHECK(breakable(client.picture().broken()) == std::vector<std::string>{});
  };
  OnTerminal::Look look;
  look.columns = columns;
  OnTerminal client(bed.apply(k_gate + many_files(5) + k_failing), look);
  REQUIRE(bed.gate_is_reached());
  REQUIRE(client.until([&] { return client.bytes().find("gate") != std::string::npos; }));
  bed.open_gate();
  CHECK(client.end() == 1);
  CHECK_THAT(client.picture().text(), Contains("Run 1: failed"));
  check_lines(client);
  const auto root = bed.root.string();
  for (const auto& words : std::vector<std::vector<std::string>>{{"show"},
                                                                 {"runs"},
                                                                 {"status", "--root", root},
                                                                 {"plan", "greeting", "--root", root},
                                                                 {"facts", "--root", root},
                                                                 {"kinds"},
                                                                 {"recipes"},
                                                                 {"help"},
                                                                 {"help", "--all"},
                                                                 {"help", "wait"},
                                                                 {"version"},
                                                                 {"check", "--root", root},
                                                                 {"watch"}}) {
    CAPTURE(words);
    OnTerminal other(bed.client(words), look);
    CHECK(other.end() >= 0);
    CHECK_FALSE(other.bytes().empty());
    check_lines(other);
  }
}
