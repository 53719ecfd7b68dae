// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <utility>

#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("bytes are shown in decimal units") {
  const std::vector<std::pair<std::uint64_t, std::string>> table{
      {0, "0 B"},
      {512, "512 B"},
      {999, "999 B"},
      {1000, "1.0 kB"},
      {99'949, "99.9 kB"},
      {99'950, "100 kB"},
      {999'499, "999 kB"},
      {999'950, "1.0 MB"},
      {13'200'000, "13.2 MB"},
      {157'000'000, "157 MB"},
      {1'637'000'000, "1.6 GB"},
      {2'000'000'000'000, "2.0 TB"},
      {UINT64_MAX, "18.4 EB"},
  };
  for (const auto& [bytes, text] : table) CHECK(human_bytes(bytes) == text);
}

TEST_CASE("times are shown with two units at most") {
  const std::vector<std::pair<long, std::string>> table{
      {0, "0.0 s"},       {300, "0.3 s"},
      {9'949, "9.9 s"},   {9'950, "10 s"},
      {42'000, "42 s"},   {59'499, "59 s"},
      {59'500, "1 min"},  {185'000, "3 min 5 s"},
      {180'000, "3 min"}, {7'800'000, "2 h 10 min"},
      {7'200'000, "2 h"}, {90'000'000, "1 d 1 h"},
  };
  for (const auto& [time, text] : table) CHECK(human_duration(milliseconds(time)) == text);
}

TEST_CASE("durations are read as systemd writes them") {
  const std::vector<std::pair<std::string, long>> good{
      {"90", 90},      {"90s", 90},    {"90 s", 90},         {"10min", 600}, {"10m", 600}, {"1h 30min", 5400},
      {"1h30m", 5400}, {"2d", 172800}, {" 2 days ", 172800}, {"0", 0},       {"1sec", 1},
  };
  for (const auto& [text, time] : good) {
    INFO(text);
    REQUIRE(parse_duration(text));
    CHECK(*parse_duration(text) == seconds(time));
  }
  for (const char* text :
       {"", " ", "s", "-1", "1.5h", "10 apples", "1h 30", "90 90", "99999999999999999999", "1h;", "1H"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("times of day are UTC in ISO form") {
  CHECK(iso_time({}) == "1970-01-01T00:00:00Z");
  CHECK(iso_time(std::chrono::system_clock::time_point(seconds(1'795'451'412))) == "2026-11-23T16:30:12Z");
}
