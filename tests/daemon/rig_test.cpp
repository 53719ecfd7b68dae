// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
//
// Plans and facts of machines that are only described.
#include <fstream>

#include <rigsetup/data/json.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/running_daemon.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

namespace {

constexpr uid_t k_stranger = 12345;
const std::string k_rigs = RIGSETUP_SOURCE_DIR "/tests/rigs/";

const std::string k_by_gpu = R"(
  - id: with-gpu
    file: {path: /etc/with-gpu, content: "1\n"}
    when: {gpu: nvidia}
  - id: without-gpu
    file: {path: /etc/without-gpu, content: "1\n"}
    when: {gpu: none}
  - nvidia_gpu: {}
)";

Value request(const Bed& bed, const std::string& steps, const std::string& rig, bool with_root) {
  Value asked = inline_recipe(bed, steps);
  asked.set("rig", k_rigs + rig);
  if (!with_root) asked.set("root", "");
  return asked;
}

std::string verdict(const Value& plan, const std::string& id) {
  for (const auto& step : plan.at("steps").as_list()) {
    if (step.at("id").as_string() == id) return step.at("verdict").as_string();
  }
  return "";
}

}  // namespace

TEST_CASE("a plan for a described machine is made of what its files say, and cannot be run") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto plan = post(bed.socket, "/v1/plans", request(bed, k_by_gpu, "rtx4090-jammy", false));
  REQUIRE(plan.status == 200);
  const auto value = plan.json();
  CHECK(value.at("root").as_string() == k_rigs + "rtx4090-jammy");
  CHECK(value.at("rig").as_string() == k_rigs + "rtx4090-jammy");
  CHECK(verdict(value, "with-gpu") == "change");
  CHECK(verdict(value, "without-gpu") == "skip");

  const auto start =
      post(bed.socket, "/v1/runs", Value::map({{"plan", value.at("id")}, {"digest", value.at("digest")}}));
  CHECK(start.status >= 400);
  CHECK_THAT(start.json().at("message").as_string(), Contains("only describes a machine"));
  CHECK_FALSE(std::filesystem::exists(k_rigs + "rtx4090-jammy/etc/with-gpu"));

  const auto other = post(bed.socket, "/v1/plans", request(bed, k_by_gpu, "no-gpu-jammy", false)).json();
  CHECK(verdict(other, "with-gpu") == "skip");
  CHECK(verdict(other, "without-gpu") == "change");
}

TEST_CASE("packages on a described machine are planned without what comes along") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto plan =
      post(bed.socket, "/v1/plans",
           request(bed, "  - apt_packages: {packages: [build-essential]}\n", "no-gpu-jammy", false));
  REQUIRE(plan.status == 200);
  CHECK(verdict(plan.json(), "apt_packages") == "change");
  CHECK(plan.json().at("transactions").as_list().empty());
  REQUIRE(plan.json().get_strings("notes").size() == 1);
  CHECK_THAT(plan.json().get_strings("notes")[0], Contains("only described"));
}

TEST_CASE("a root is provisioned for a described machine, which has no GPU that could be asked") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto value = post(bed.socket, "/v1/plans", request(bed, k_by_gpu, "rtx4090-jammy", true)).json();
  CHECK(value.at("root").as_string() == bed.root.string());
  const auto start =
      post(bed.socket, "/v1/runs", Value::map({{"plan", value.at("id")}, {"digest", value.at("digest")}}));
  REQUIRE(start.status == 201);
  const auto run = start.json().at("run").as_int();
  follow(bed, run);
  CHECK(outcome_of(bed, run) == "done");
  CHECK(std::filesystem::exists(bed.root / "etc/with-gpu"));
  CHECK_FALSE(std::filesystem::exists(bed.root / "etc/without-gpu"));
  const auto state = get(bed.socket, "/v1/runs/" + std::to_string(run)).json();
  REQUIRE(state.at("steps").as_list().size() == 3);
  CHECK(state.at("steps").as_list()[2].at("outcome").as_string() == "deferred");
}

TEST_CASE("facts of a described machine, with or without a root of another") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto rig = "rig=" + k_rigs + "two-gpus-jammy";
  auto facts = get(bed.socket, "/v1/facts?" + rig).json();
  CHECK(facts.at("platform").as_string() == "ubuntu-22.04");
  CHECK(facts.at("machine").at("gpus").as_list().size() == 2);
  CHECK(facts.at("machine").at("nvml").at("gpus").as_list().size() == 2);
  facts = get(bed.socket, "/v1/facts?root=" + bed.root.string() + "&" + rig).json();
  CHECK(facts.at("platform").as_string() == "debian-12");
  CHECK(facts.at("machine").at("gpus").as_list().size() == 2);
}

TEST_CASE("what is no described machine is refused, and strangers are") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  CHECK(get(bed.socket, "/v1/facts?rig=relative").status == 422);
  CHECK(get(bed.socket, "/v1/facts?rig=/there/is/none").status == 404);
  const auto no_rig = get(bed.socket, "/v1/facts?root=" + bed.root.string() + "&rig=" + bed.data.string());
  CHECK(no_rig.status == 422);
  CHECK_THAT(no_rig.json().at("message").as_string(), Contains("it has no /sys"));

  const auto rig = k_rigs + "no-gpu-jammy";
  CHECK(request_as(k_stranger, {}, bed.socket, "GET", "/v1/facts?rig=" + rig, "").status == 403);
  const auto shipped = to_json(Value::map({{"recipe", Value::map({{"shipped", "greeting"}})}, {"rig", rig}}));
  CHECK(request_as(k_stranger, {}, bed.socket, "POST", "/v1/plans", shipped).status == 403);

  const auto checks = post(bed.socket, "/v1/checks", request(bed, k_by_gpu, "rtx4090-jammy", false));
  CHECK(checks.status == 422);
  CHECK_THAT(checks.json().at("message").as_string(), Contains("described machine"));
}
