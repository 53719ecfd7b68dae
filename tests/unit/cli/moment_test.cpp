// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/moment.hpp"

#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;

TEST_CASE("a time is read as it is written") {
  REQUIRE(moment_from("2026-11-23T16:30:12Z"));
  CHECK(iso_time(*moment_from("2026-11-23T16:30:12Z")) == "2026-11-23T16:30:12Z");
  CHECK(iso_time(*moment_from("2026-11-23T16:30:12.345Z")) == "2026-11-23T16:30:12Z");
  for (const char* text :
       {"", "yesterday", "2026-11-23", "2026-11-23 16:30:12", "2026-11-23T16:30:12+01:00"}) {
    CAPTURE(text);
    CHECK_FALSE(moment_from(text));
  }
}

TEST_CASE("how long ago is said in the largest unit that is not rough") {
  const auto after = [](int seconds) {
    return ago("2026-11-23T16:30:00Z", *moment_from("2026-11-23T16:30:00Z") + std::chrono::seconds(seconds));
  };
  CHECK(after(-5) == "just now");  // a clock that was set back
  CHECK(after(1) == "just now");
  CHECK(after(59) == "59 s ago");
  CHECK(after(180) == "3 min ago");
  CHECK(after(3 * 3600) == "3 h ago");
  CHECK(after(3 * 86400) == "3 days ago");
  CHECK(ago("never", {}) == "never");
}

TEST_CASE("a clock is short and steady") {
  CHECK(clock_text(std::chrono::seconds(-3)) == "0:00");
  CHECK(clock_text(std::chrono::seconds(7)) == "0:07");
  CHECK(clock_text(std::chrono::seconds(725)) == "12:05");
  CHECK(clock_text(std::chrono::seconds(3725)) == "1:02:05");
}

TEST_CASE("the time between two moments") {
  CHECK(time_between("2026-11-23T16:30:00Z", "2026-11-23T16:31:36Z") == "1 min 36 s");
  CHECK(time_between("2026-11-23T16:30:00Z", "") == "");
}
