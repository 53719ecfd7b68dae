// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/slowest.hpp"

#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;

namespace {

StepState step(const std::string& id, std::int64_t milliseconds, std::vector<PhaseEnded> phases = {}) {
  StepState state;
  state.line.id = id;
  state.milliseconds = milliseconds;
  state.phases = std::move(phases);
  return state;
}

std::vector<std::string> slowest_of(std::vector<StepState> steps) {
  RunState state;
  state.steps = std::move(steps);
  return slowest(state);
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("the three longest are told, the longest first") {
  CHECK(slowest_of({step("a", 2000), step("b", 61'000), step("c", 1500), step("d", 3000)}) ==
        Texts{"b 1 min 1 s", "d 3.0 s", "a 2.0 s"});
}

TEST_CASE("what took no more than a second is not worth telling, nor is a single thing") {
  CHECK(slowest_of({}).empty());
  CHECK(slowest_of({step("a", 900), step("b", 1000)}).empty());
  CHECK(slowest_of({step("a", 900), step("b", 60'000)}).empty());
}

TEST_CASE("phases are told instead of a step of which they are the most") {
  CHECK(slowest_of({step("cuda", 90'000,
                         {{"cuda", "downloading", 38'000, 1, "bytes"},
                          {"cuda", "installing", 51'000, 3, "packages"}}),
                    step("venv", 4000, {{"venv", "fetching the index", 1100, 0, ""}})}) ==
        Texts{"cuda: installing 51 s", "cuda: downloading 38 s", "venv 4.0 s"});
}

TEST_CASE("steps that were one transaction are told once") {
  CHECK(slowest_of({step("driver", 9000, {{"driver", "installing", 8900, 3, "packages"}}), step("cuda", 9000),
                    step("venv", 2000)}) == Texts{"driver: installing 8.9 s", "venv 2.0 s"});
}

TEST_CASE("names cannot drive the terminal") {
  const auto texts = slowest_of({step("\x1b", 9000, {{"", "\r", 8900, 0, ""}}), step("b", 2000)});
  REQUIRE(texts.size() == 2);
  CHECK(texts.front().find_first_of("\x1b\r") == std::string::npos);
}
