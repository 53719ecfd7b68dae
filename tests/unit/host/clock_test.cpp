// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <thread>

#include <rigsetup/base/error.hpp>
#include <rigsetup/host/clock.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/fake_clock.hpp"

using namespace rigsetup;
using namespace std::chrono_literals;

TEST_CASE("a sleep ends at once when a stop is requested") {
  RealClock clock;
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  CHECK_THROWS_AS(clock.sleep(1h, stop.get_token()), Cancelled);
}

TEST_CASE("a sleep that nobody stops just ends") {
  RealClock clock;
  const auto before = clock.now();
  clock.sleep(2ms, {});
  CHECK(clock.now() > before);
}

TEST_CASE("the boot id is a UUID and stays the same") {
  RealClock clock;
  CHECK(clock.boot_id().size() == 36);
  CHECK(clock.boot_id() == clock.boot_id());
}

TEST_CASE("the fake clock passes time only by sleeping") {
  test::FakeClock clock;
  const auto before = clock.now();
  CHECK(clock.now() == before);
  clock.sleep(90s, {});
  CHECK(clock.now() - before == 90s);
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(clock.sleep(1s, stop.get_token()), Cancelled);
}
