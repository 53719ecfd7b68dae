// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// The built rigsetup where it is not looked at by a person, or by one with a poor terminal.

#include <algorithm>

#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/daemon/client_bed.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

namespace {

bool is_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

/// Neither an escape code nor a line that is drawn over, but for the carriage returns of the terminal itself.
bool is_plain(std::string text) {
  for (std::size_t at = 0; (at = text.find("\r\n", at)) != std::string::npos;) text.erase(at, 1);
  return text.find_first_of("\x1b\r") == std::string::npos;
}

}  // namespace

TEST_CASE("a reader that has seen enough ends the client without a word, and no run") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  // It leaves once the run goes on; leaving earlier, it would see to it that none begins.
  const auto applied = call(shell_line(bed.apply(k_gate + many_files(20))) + " | (head -1; until test -e '" +
                            (bed.root / "tmp/reached").string() + "'; do sleep 0.05; done)");
  CHECK_THAT(applied.out, Contains("Plan for rig"));
  CHECK_THAT(applied.errors, !Contains("cannot"));
  bed.open_gate();
  follow(bed, 1);
  CHECK(outcome_of(bed, 1) == "done");
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"show"}, {"facts"}, {"kinds"}, {"watch", "1"}}) {
    // Gone before anything is written, so that every write fails.
    const auto called =
        call("exec 3>&1; (sleep 0.3; " + shell_line(bed.client(words)) + "; echo $? >&3) | true");
    CAPTURE(words);
    CHECK(called.out == "141\n");  // as every program of a pipe
    CHECK(called.errors.empty());
  }
}

TEST_CASE("a dumb terminal gets whole lines without escape codes") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  bed.open_gate();
  OnTerminal client(bed.apply(k_gate + many_files(3) + k_failing),
                    {.variables = {{"TERM", "dumb"}, {"NO_COLOR", "1"}, {"LANG", "C"}}});
  CHECK(client.end() == 1);
  CHECK(is_plain(client.bytes()));
  CHECK(is_ascii(client.bytes()));
  CHECK_THAT(client.picture().text(), Contains("gate: changed") && Contains("Run 1: failed"));
}

TEST_CASE("NO_COLOR takes the colours, a locale without UTF-8 the signs beyond ASCII") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  bed.open_gate();
  OnTerminal client(bed.apply(many_files(3) + k_failing),
                    {.variables = {{"TERM", "xterm"}, {"NO_COLOR", "1"}, {"LANG", "en_US.ISO-8859-1"}}});
  CHECK(client.end() == 1);
  CHECK(is_ascii(client.bytes()));
  for (const char* colour : {"\x1b[0m", "\x1b[1m", "\x1b[31m"}) CHECK_THAT(client.bytes(), !Contains(colour));
  CHECK_THAT(client.picture().text(), Contains("Run 1: failed"));
}

TEST_CASE("without a terminal there are plain lines too, whatever TERM says") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  bed.open_gate();
  const auto called =
      call(shell_line(bed.apply(k_gate + k_failing)), {{"TERM", "xterm"}, {"LANG", "C.UTF-8"}});
  CHECK(called.status == 1);
  CHECK(is_plain(called.out));
  CHECK(is_plain(called.errors));
}

TEST_CASE("--json is the same bytes with and without a terminal") {
  const ClientBed bed;
  const RunningDaemon daemon(bed);
  follow(bed, start_run(bed, many_files(3)));
  const auto root = bed.root.string();
  for (const auto& words : std::vector<std::vector<std::string>>{{"status", "--root", root},
                                                                 {"facts", "--root", root},
                                                                 {"kinds"},
                                                                 {"kinds", "file"},
                                                                 {"recipes"},
                                                                 {"recipes", "greeting"},
                                                                 {"runs"},
                                                                 {"show"},
                                                                 {"show", "99"},
                                                                 {"log"},
                                                                 {"watch"},
                                                                 {"wait", "--root", root},
                                                                 {"version"}}) {
    CAPTURE(words);
    auto line = bed.client(words);
    line.emplace_back("--json");
    OnTerminal client(line, {.raw = true});
    const int status = client.end();
    const auto called = call(shell_line(line), {{"LANG", "C.UTF-8"}});
    CHECK(called.status == status);
    CHECK(called.out == client.bytes());
    CHECK(called.errors.empty());
    for (const auto& one : split_lines(called.out)) CHECK_NOTHROW(parse_json(one));
  }
}

TEST_CASE("what is asked wrongly with --json is told as JSON") {
  const auto called = call("rigsetup shwo --json");
  CHECK(called.status == 2);
  CHECK(called.errors.empty());
  CHECK(parse_json(called.out).at("error").at("code").as_string() == "invalid");
}
