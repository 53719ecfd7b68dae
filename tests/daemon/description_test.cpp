// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// The real daemon against src/server/openapi.yaml: every operation, as everybody, in every state of a run,
// right and wrong. A new route needs no line here as long as tests/daemon/walk.cpp can guess what to ask it
// for.

#include <fstream>

#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/daemon/walk.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::test;

namespace {

/// Statuses that are described and that no test of this file can bring about, with the reason.
const std::vector<std::pair<std::string, std::string>> k_not_seen = {
    {" 500", "a fault of the daemon, or a full disk under its feet"},
    {"GET /v1/activity/{token} 200", "only while another request is being answered: activity_test.cpp"},
    {" 503", "too much at once: flood_test.cpp"},
};

bool need_not_be_seen(const std::string& name) {
  return std::ranges::any_of(k_not_seen, [&](const auto& each) { return name.ends_with(each.first); });
}

const std::string k_gate = R"(
  - id: gate
    command: {argv: [sh, -c, "until test -e /tmp/go; do sleep 0.05; done; touch /tmp/gone"], check: [test, -e, /tmp/gone]}
  - id: proof
    nvidia_gpu: {}
)";

std::string text_of(const std::string& member, const std::string& text) {
  return to_json(Value::map({{"recipe", Value::map({{member, text}})}}));
}

void require_no_faults(const Walk& walk) {
  for (const auto& fault : walk.faults()) UNSCOPED_INFO(fault);
  CHECK(walk.faults().empty());
}

/// What a recipe can be refused for.
void refuse_recipes(const Bed& bed, Walk& walk) {
  const auto expect = [&](const Who& who, const std::string& path, const std::string& body, int status) {
    const auto answer = walk.ask(who, "POST " + path, path, body);
    walk.expect(answer.status == status, path + " " + body + " as " + who.name + ": " +
                                             std::to_string(answer.status) + " " + answer.body);
  };
  const auto active =
      to_json(Value::map({{"recipe", Value::map({{"active", true}})}, {"root", bed.root.string()}}));
  for (const std::string path : {"/v1/validate", "/v1/plans", "/v1/checks"}) {
    expect(k_root, path, text_of("shipped", "no-such"), 404);
    expect(k_root, path, active, 404);  // there is none yet
    expect(k_stranger, path, active, 403);
    expect(k_member, path, to_json(inline_recipe(bed, "  - fiel: {}\n")), path == "/v1/validate" ? 200 : 422);
    expect(k_root, path, to_json(inline_recipe(bed, "  - file: {path: /etc/x, source: x.txt}\n")),
           path == "/v1/validate" ? 200 : 422);
  }
  expect(k_stranger, "/v1/validate", to_json(inline_recipe(bed, "  - fiel: {}\n")), 200);
  // Nor does a stranger learn which folders there are.
  auto elsewhere = inline_recipe(bed, "  - fiel: {}\n");
  elsewhere.set("root", "/there/is/none");
  expect(k_stranger, "/v1/validate", to_json(elsewhere), 200);
  elsewhere.set("root", bed.root.string() + std::string("\0/x", 3));
  expect(k_root, "/v1/plans", to_json(elsewhere), 422);
  const std::string unreachable = R"(
  - apt_repository: {uris: ["http://127.0.0.1:1/"], suites: [x], components: [main], key_url: "http://127.0.0.1:1/k",
                     fingerprint: EB69 3B30 35CD 5710 E231 E123 A4B4 6996 3BF8 63CC}
  - apt_packages: {packages: [xyz]}
)";
  expect(k_root, "/v1/plans", to_json(inline_recipe(bed, unreachable)), 502);
}

/// The active recipe comes and, for what follows, goes again.
void init(const Bed& bed, Walk& walk) {
  const auto made = walk.ask(k_root, "GET /v1/init", "/v1/init?recipe=greeting");
  walk.expect(made.status == 200, "no recipe is told: " + made.body);
  const auto wanted = [&](const std::string& name) {
    return to_json(Value::map({{"recipe", name}, {"root", bed.root.string()}}));
  };
  const std::string target = "/v1/init";
  walk.expect(walk.ask(k_root, "POST /v1/init", target, wanted("no-such")).status == 404, "any name will do");
  walk.expect(walk.ask(k_root, "POST /v1/init", target, wanted("greeting")).status == 409,
              "an active recipe is replaced unasked");
  std::filesystem::remove(bed.root / "etc/rigsetup/recipe.yaml");
}

/// The whole way of a plan, with what is refused on it.
void refuse_plans(const Bed& bed, Walk& walk) {
  const auto plan =
      walk.ask(k_root, "POST /v1/plans", "/v1/plans", to_json(inline_recipe(bed, k_gate))).json();
  const auto target = "/v1/plans/" + plan.at("id").as_string();
  walk.expect(walk.ask(k_root, "GET /v1/plans/{id}", target).status == 200, "root's plan is forgotten");
  walk.expect(walk.ask(k_stranger, "GET /v1/plans/{id}", target).status == 404,
              "a stranger sees root's plan");
  const auto other = to_json(Value::map({{"plan", plan.at("id")}, {"digest", "0"}}));
  walk.expect(walk.ask(k_root, "POST /v1/runs", "/v1/runs", other).status == 409, "any digest will do");
  const auto odd =
      to_json(Value::map({{"plan", plan.at("id")}, {"digest", "0"}, {"allow", Value::strings({"all"})}}));
  walk.expect(walk.ask(k_root, "POST /v1/runs", "/v1/runs", odd).status == 422, "any word will do");
}

std::int64_t start(const Bed& bed, Walk& walk, const std::string& steps) {
  const auto plan =
      walk.ask(k_root, "POST /v1/plans", "/v1/plans", to_json(inline_recipe(bed, steps))).json();
  const auto wanted = Value::map({{"plan", plan.at("id")}, {"digest", plan.at("digest")}});
  return walk.ask(k_root, "POST /v1/runs", "/v1/runs", to_json(wanted)).json().at("run").as_int();
}

void wait_for_step(const Bed& bed) {
  REQUIRE(eventually(
      [&] { return get(bed.socket, "/v1/runs/latest").body.find("\"started\":true") != std::string::npos; }));
}

void cancel(const Bed& bed, Walk& walk) {
  for (const auto& who : {k_root, k_member}) {
    const auto answer = walk.ask(who, "POST /v1/runs/{id}/cancel", "/v1/runs/latest/cancel");
    walk.expect(answer.status == 200 || answer.status == 409, "cancel: " + answer.body);
  }
  follow(bed, get(bed.socket, "/v1/runs/latest").json().at("run").as_int());
  const auto again = walk.ask(k_root, "POST /v1/runs/{id}/cancel", "/v1/runs/latest/cancel");
  walk.expect(again.status == 409, "what has ended is cancelled: " + again.body);
}

std::string outcome(const Bed& bed) {
  return get(bed.socket, "/v1/runs/latest").json().at("outcome").as_string();
}

}  // namespace

TEST_CASE("every answer is as described, whoever asks, whatever the state of the run") {
  const Bed bed;
  std::ofstream(bed.config) << "group: games\nresume: manual\n";
  const Description description;
  Walk walk(bed, description);
  {
    const RunningDaemon daemon(bed);
    walk.ask_all("before the first run");
    init(bed, walk);
    refuse_recipes(bed, walk);
    refuse_plans(bed, walk);

    auto run = start(bed, walk, k_gate);
    wait_for_step(bed);
    HttpClient follower(bed.socket);
    follower.send("GET /v1/runs/latest/events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    walk.ask_all("while a run goes on");
    walk.expect(walk.ask(k_root, "POST /v1/runs/{id}/resume", "/v1/runs/latest/resume").status == 409,
                "a run that goes on is resumed");
    cancel(bed, walk);
    REQUIRE(outcome(bed) == "cancelled");
    auto followed = follower.read_reply();
    for (const auto& operation : description.operations()) {
      if (operation.name() != "GET /v1/runs/{id}/events") continue;
      for (const auto& fault : operation.departures(followed)) walk.expect(false, "a follower: " + fault);
    }
    walk.ask_all("after a run was cancelled");

    std::ofstream(bed.root / "tmp/go");
    walk.ask(k_member, "POST /v1/runs/{id}/resume", "/v1/runs/latest/resume");
    follow(bed, run);
    REQUIRE(outcome(bed) == "done");
    walk.ask_all("after a run was resumed and done");
    walk.ask(k_root, "GET /v1/runs/{id}/log", "/v1/runs/latest/log?step=gate");
    walk.expect(walk.ask(k_root, "POST /v1/runs/{id}/resume", "/v1/runs/latest/resume").status == 409,
                "what is done is resumed");
    walk.ask_wrongly();
    walk.ask_unspeakably();

    follow(bed, start(bed, walk, "  - command: {argv: [\"false\"], check: [test, -e, /tmp/never]}\n"));
    REQUIRE(outcome(bed) == "failed");
    walk.ask_all("after a run failed");

    std::filesystem::remove(bed.root / "tmp/go");
    std::filesystem::remove(bed.root / "tmp/gone");
    start(bed, walk, k_gate);
    wait_for_step(bed);
  }
  {
    const RunningDaemon daemon(bed);
    REQUIRE(outcome(bed) == "interrupted");
    walk.ask_all("after a daemon died in the middle of a run");
    std::ofstream(bed.root / "tmp/go");  // for the job that went on
  }
  std::ofstream(bed.root / "etc/rigsetup/recipe.yaml") << "rigsetup: 99\n";
  {
    const RunningDaemon daemon(bed);
    const auto status = walk.ask(k_root, "GET /v1/status", "/v1/status?root=" + bed.root.string());
    walk.expect(status.json().find("problem") != nullptr, "a recipe that is not valid is looked at");
  }
  require_no_faults(walk);
  auto unseen = walk.unseen();
  std::erase_if(unseen, need_not_be_seen);
  for (const auto& name : unseen)
    UNSCOPED_INFO(name << " is described and was never seen: see to it in this test");
  CHECK(unseen.empty());
}
