// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/plan/schedule.hpp>

#include "tests/support/catch.hpp"

using rigsetup::Schedule;
using Claim = Schedule::Claim;
using Indices = std::vector<std::size_t>;

namespace {

/// All that may start now.
Indices start_all(Schedule& schedule) {
  Indices started;
  while (const auto node = schedule.start_next()) started.push_back(*node);
  return started;
}

}  // namespace

TEST_CASE("a schedule without nodes is finished") {
  Schedule schedule({});
  CHECK(schedule.finished());
  CHECK_FALSE(schedule.running());
  CHECK(start_all(schedule).empty());
}

TEST_CASE("a node starts only when all it needs ended well") {
  Schedule schedule({{{}, Claim::none}, {{0}, Claim::none}, {{}, Claim::none}, {{1, 2}, Claim::none}});
  CHECK(start_all(schedule) == Indices{0, 2});
  CHECK(schedule.running());
  CHECK(schedule.ended(2, true).empty());
  CHECK(start_all(schedule).empty());
  CHECK(schedule.ended(0, true).empty());
  CHECK(start_all(schedule) == Indices{1});
  CHECK_FALSE(schedule.finished());
  CHECK(schedule.ended(1, true).empty());
  CHECK(start_all(schedule) == Indices{3});
  schedule.ended(3, true);
  CHECK(schedule.finished());
}

TEST_CASE("an exclusive claim runs beside those without a claim only") {
  Schedule schedule({{{}, Claim::exclusive}, {{}, Claim::exclusive}, {{}, Claim::shared}, {{}, Claim::none}});
  CHECK(start_all(schedule) == Indices{0, 3});
  schedule.ended(0, true);
  CHECK(start_all(schedule) == Indices{1});
  schedule.ended(1, true);
  CHECK(start_all(schedule) == Indices{2});
}

TEST_CASE("shared claims run together and hold back an exclusive one") {
  Schedule schedule({{{}, Claim::shared}, {{}, Claim::shared}, {{}, Claim::exclusive}});
  CHECK(start_all(schedule) == Indices{0, 1});
  schedule.ended(0, true);
  CHECK(start_all(schedule).empty());
  schedule.ended(1, true);
  CHECK(start_all(schedule) == Indices{2});
}

TEST_CASE("a failure gives up all that need it at any distance, also what stands above it") {
  Schedule schedule(
      {{{3}, Claim::none}, {{}, Claim::none}, {{1}, Claim::none}, {{2}, Claim::none}, {{}, Claim::none}});
  CHECK(start_all(schedule) == Indices{1, 4});
  CHECK(schedule.ended(1, false) == Indices{0, 2, 3});
  CHECK_FALSE(schedule.finished());
  CHECK(schedule.ended(4, true).empty());
  CHECK(schedule.finished());
}

TEST_CASE("a node is given up once") {
  Schedule schedule({{{}, Claim::none}, {{}, Claim::none}, {{0, 1}, Claim::none}});
  CHECK(start_all(schedule) == Indices{0, 1});
  CHECK(schedule.ended(0, false) == Indices{2});
  CHECK(schedule.ended(1, false).empty());
  CHECK(schedule.stop().empty());
}

TEST_CASE("after a stop nothing starts and what runs may end") {
  Schedule schedule({{{}, Claim::none}, {{0}, Claim::none}, {{}, Claim::none}, {{1}, Claim::none}});
  CHECK(schedule.start_next() == std::optional<std::size_t>(0));
  CHECK(schedule.stop() == Indices{1, 2, 3});
  CHECK(schedule.stop().empty());
  CHECK_FALSE(schedule.finished());
  CHECK(schedule.ended(0, true).empty());
  CHECK(start_all(schedule).empty());
  CHECK(schedule.finished());
}
