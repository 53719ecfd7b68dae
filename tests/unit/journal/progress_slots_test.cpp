// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "journal/progress_slots.hpp"

#include "tests/support/catch.hpp"

using namespace rigsetup;

namespace {

ProgressSlots::Time at(int milliseconds) {
  return ProgressSlots::Time(std::chrono::hours(1) + std::chrono::milliseconds(milliseconds));
}
Progress bytes(std::string step, std::uint64_t done) {
  return {std::move(step), "downloading", done, 1000, "bytes", true};
}

/// What a reader that was there all the time is shown now.
std::vector<std::uint64_t> shown(const ProgressSlots& slots, std::uint64_t& number) {
  std::vector<std::uint64_t> done;
  for (const Progress& progress : slots.since(1, number)) done.push_back(progress.done);
  return done;
}

using Shown = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a step's progress is published at most ten times a second") {
  ProgressSlots slots;
  int published = 0;
  for (int time = 0; time < 1000; ++time)
    published += slots.put(1, bytes("a", static_cast<std::uint64_t>(time)), at(time));
  CHECK(published == 10);
}

TEST_CASE("what is held back replaces the older value and is published with the next one that is due") {
  ProgressSlots slots;
  std::uint64_t number = 0;
  CHECK(slots.put(1, bytes("a", 1), at(0)));
  CHECK(shown(slots, number) == Shown{1});
  CHECK_FALSE(slots.put(1, bytes("a", 2), at(50)));
  CHECK_FALSE(slots.put(1, bytes("a", 3), at(99)));
  CHECK(shown(slots, number).empty());
  CHECK(slots.put(1, bytes("a", 4), at(100)));
  CHECK(shown(slots, number) == Shown{4});
}

TEST_CASE("what is held back comes with another step's progress when it is due") {
  ProgressSlots slots;
  std::uint64_t number = 0;
  slots.put(1, bytes("a", 1), at(0));
  slots.put(1, bytes("a", 2), at(10));
  slots.put(1, bytes("b", 7), at(20));
  CHECK(shown(slots, number) == Shown{1, 7});  // a new reader is shown what the others were
  CHECK(slots.put(1, bytes("b", 8), at(110)));
  CHECK(shown(slots, number) == Shown{2});
}

TEST_CASE("what is held back comes with a record or with the next look") {
  ProgressSlots slots;
  std::uint64_t number = 0;
  slots.put(1, bytes("a", 1), at(0));
  slots.put(1, bytes("a", 2), at(10));
  slots.since(1, number);
  CHECK_FALSE(slots.publish(1, at(20)));
  slots.publish_all(1, at(20));
  CHECK(shown(slots, number) == Shown{2});
  slots.publish_all(1, at(21));
  CHECK(shown(slots, number).empty());
  slots.put(1, bytes("a", 3), at(30));
  CHECK(slots.publish(1, at(120)));
  CHECK(shown(slots, number) == Shown{3});
}

TEST_CASE("another label, unit or readiness to be cut is published at once") {
  ProgressSlots slots;
  Progress progress = bytes("a", 1);
  CHECK(slots.put(1, progress, at(0)));
  progress.label = "unpacking";
  CHECK(slots.put(1, progress, at(1)));
  progress.may_cut = false;
  CHECK(slots.put(1, progress, at(2)));
  progress.unit = "percent";
  CHECK(slots.put(1, progress, at(3)));
  progress.done = 2;
  CHECK_FALSE(slots.put(1, progress, at(4)));
}

TEST_CASE("another culprit is published at once, and each publication has its own number") {
  ProgressSlots slots;
  std::uint64_t number = 0;
  Progress progress = bytes("a", 1);
  slots.put(1, progress, at(0));
  progress.at = "postinst of foo";
  CHECK(slots.put(1, progress, at(1)));
  progress.at_seconds = 2;
  CHECK_FALSE(slots.put(1, progress, at(2)));
  CHECK(slots.since(1, number).at(0).number == 2);
  CHECK(slots.put(1, progress, at(102)));
  CHECK(slots.since(1, number).at(0).number == 3);
}

TEST_CASE("runs and steps are dropped by themselves") {
  ProgressSlots slots;
  slots.put(1, bytes("a", 1), at(0));
  slots.put(1, bytes("b", 2), at(0));
  slots.put(2, bytes("a", 3), at(0));
  slots.drop(1, "a");
  std::uint64_t number = 0;
  CHECK(slots.since(1, number).size() == 1);
  slots.put(1, bytes("", 50), at(0));
  slots.drop_steps(1);
  slots.drop_steps(9);
  slots.drop(7, "a");
  number = 0;
  CHECK(shown(slots, number) == Shown{50});  // how far an ended run came
  slots.drop(1, "");
  number = 0;
  CHECK(slots.since(1, number).empty());
  number = 0;
  CHECK(slots.since(2, number).size() == 1);
  CHECK(slots.put(1, bytes("a", 1), at(1)));
}
