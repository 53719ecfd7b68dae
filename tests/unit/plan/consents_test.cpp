// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/plan/plan.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using apt::Action;

namespace {

apt::Change change(Action action, const std::string& from, const std::string& to) {
  apt::Change made;
  made.action = action;
  made.name = "nginx";
  made.from = from;
  made.to = to;
  made.origin = to.empty() ? "" : "Debian:bookworm/main";
  return made;
}

std::vector<Consent> consents(const apt::Change& change, const Policy& policy = {}) {
  Plan plan;
  plan.transactions.push_back({{"web"}, {change}, {}});
  return consents_of(plan, policy);
}

}  // namespace

TEST_CASE("installing and upgrading is what the recipe says") {
  CHECK(consents(change(Action::install, "", "1")).empty());
  CHECK(consents(change(Action::upgrade, "1", "2")).empty());
  CHECK(consents(change(Action::reinstall, "1", "1")).empty());
}

TEST_CASE("a removal needs its word, unless a step asks for it or it is pruned") {
  apt::Change removal = change(Action::remove, "1", "");
  REQUIRE(consents(removal).size() == 1);
  CHECK(consents(removal).front().word == "remove");
  CHECK(consents(removal).front().text == "would remove nginx 1, which no step asks for");
  CHECK(consents(removal, {{"downgrade", "remove"}}).empty());

  Plan pruning;
  pruning.transactions.push_back({{"prune.apt_packages"}, {removal}, {}});
  pruning.leftovers = {{"apt_packages", "nginx"}};
  CHECK(consents_of(pruning, {}).size() == 1);  // it would be kept
  pruning.wish.prune = true;
  CHECK(consents_of(pruning, {}).empty());

  removal.requested = true;
  CHECK(consents(removal).empty());
}

TEST_CASE("an older version and another origin need their words, also of what is asked for") {
  apt::Change downgrade = change(Action::downgrade, "2", "1");
  downgrade.requested = true;
  REQUIRE(consents(downgrade).size() == 1);
  CHECK(consents(downgrade).front().word == "downgrade");
  CHECK(consents(downgrade, {{"downgrade"}}).empty());

  apt::Change upgrade = change(Action::upgrade, "1", "2");
  upgrade.from_origin = "Debian:bookworm-security/main";
  CHECK(consents(upgrade).empty());
  upgrade.from_origin = "NVIDIA:cuda";
  REQUIRE(consents(upgrade).size() == 1);
  CHECK(consents(upgrade).front().word == "replace");
  CHECK(consents(upgrade).front().text ==
        "would replace nginx 1 of NVIDIA:cuda by 2 of Debian:bookworm/main");
  downgrade.from_origin = "NVIDIA:cuda";  // what another origin counts as newer
  REQUIRE(consents(downgrade).size() == 1);
  CHECK(consents(downgrade).front().word == "replace");
}
