// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/plan_again.hpp"

#include "tests/support/catch.hpp"

using namespace rigsetup;
using Lines = std::vector<std::string>;

namespace {

apt::Change change(const std::string& name, const std::string& to) {
  apt::Change made;
  made.action = to.empty() ? apt::Action::remove : apt::Action::install;
  made.name = name;
  made.architecture = "amd64";
  made.to = to;
  return made;
}

Plan plan_with(std::vector<apt::Change> changes) {
  Plan plan;
  plan.transactions.push_back({{"web"}, std::move(changes), {}});
  return plan;
}

}  // namespace

TEST_CASE("what is left of the agreed plan is no difference") {
  const Plan before = plan_with({change("app", "2"), change("lib", "1"), change("old", "")});
  CHECK(differences(before, before).empty());
  CHECK(differences(before, plan_with({change("app", "2")})).empty());
  CHECK(differences(before, Plan{}).empty());
}

TEST_CASE("another version, another package, and a removal that becomes an installation are differences") {
  const Plan before = plan_with({change("app", "2"), change("old", "")});
  CHECK(differences(before, plan_with({change("app", "3")})) == Lines{"app:amd64: 3 instead of 2"});
  CHECK(differences(before, plan_with({change("new", "1")})) ==
        Lines{"new:amd64: 1, which was not in the plan"});
  CHECK(differences(before, plan_with({change("old", "1")})) == Lines{"old:amd64: 1 instead of absent"});
  CHECK(differences(before, plan_with({change("app", "")})) == Lines{"app:amd64: absent instead of 2"});
}

TEST_CASE("steps that came, went or mean something else are differences; another order or verdict is none") {
  const auto step = [](const std::string& id, const std::string& kind, const std::string& title) {
    PlanStep made;
    made.id = id;
    made.kind = kind;
    made.title = title;
    return made;
  };
  Plan before;
  before.steps = {step("a", "file", "file /etc/a"), step("b", "file", "file /etc/b")};
  Plan now = before;
  std::swap(now.steps[0], now.steps[1]);
  now.steps[0].verdict = Verdict::pending;
  CHECK(differences(before, now).empty());
  now.steps = {step("a", "service", "a.service"), step("c", "file", "file /etc/c")};
  CHECK(differences(before, now) == Lines{"step a: a.service instead of file /etc/a",
                                          "step c: file /etc/c, which was not in the plan",
                                          "no step b: file /etc/b"});
  CHECK(differences(Plan{}, now) == Lines{"the steps of the plan before cannot be read"});
}

TEST_CASE("consent that was given, with the plan or since, is not asked for again") {
  Plan now;
  CHECK(missing_consents({}, now, {}).empty());
  now.consents = {{"remove", "would remove nginx"}, {"downgrade", "would go back from a 2 to 1"}};
  CHECK(missing_consents({}, now, {}) == now.consents);
  CHECK(missing_consents({}, now, {{"remove", "would remove apache2"}}) == now.consents);
  CHECK(missing_consents({}, now, {now.consents[1]}) == std::vector<Consent>{now.consents[0]});
  CHECK(missing_consents({}, now, now.consents).empty());
  CHECK(missing_consents(now, now, {}).empty());
}
