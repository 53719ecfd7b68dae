// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "plan/stages.hpp"

#include "tests/support/catch.hpp"

using namespace rigsetup;
using Indices = std::vector<std::size_t>;

namespace {
constexpr bool k_packages = true;
constexpr bool k_other = false;
}  // namespace

TEST_CASE("without package steps there are no stages") {
  CHECK(stages_of({}).empty());
  CHECK(stages_of({{{}, k_other}, {{0}, k_other}}).empty());
}

TEST_CASE("package steps that are ready together are one stage") {
  const auto stages = stages_of({{{}, k_other}, {{0}, k_packages}, {{0}, k_packages}, {{1, 2}, k_other}});
  REQUIRE(stages.size() == 1);
  CHECK(stages[0].before == Indices{0});
  CHECK(stages[0].packages == Indices{1, 2});
}

TEST_CASE("package steps one after the other are two stages, and each names what is new before it") {
  // repository, packages, preferences, packages, file: in the default order
  const auto stages = stages_of({{{}, k_other},
                                 {{0}, k_packages},
                                 {{0, 1}, k_other},
                                 {{0, 1, 2}, k_packages},
                                 {{0, 1, 2, 3}, k_other}});
  REQUIRE(stages.size() == 2);
  CHECK(stages[0].before == Indices{0});
  CHECK(stages[0].packages == Indices{1});
  CHECK(stages[1].before == Indices{2});
  CHECK(stages[1].packages == Indices{3});
}

TEST_CASE("what is ready without packages comes before the first stage, wherever it stands") {
  const auto stages = stages_of({{{}, k_packages}, {{0}, k_packages}, {{}, k_other}});
  REQUIRE(stages.size() == 2);
  CHECK(stages[0].before == Indices{2});
  CHECK(stages[0].packages == Indices{0});
  CHECK(stages[1].before.empty());
  CHECK(stages[1].packages == Indices{1});
}

TEST_CASE("the same steps give the same stages when they stand in another order") {
  const auto stages = stages_of({{{1}, k_packages}, {{}, k_packages}});
  REQUIRE(stages.size() == 2);
  CHECK(stages[0].packages == Indices{1});
  CHECK(stages[1].packages == Indices{0});
}
