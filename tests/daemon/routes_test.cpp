// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <fstream>

#include <rigsetup/data/json.hpp>
#include <rigsetup/data/yaml.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/running_daemon.hpp"

using namespace rigsetup;
using namespace rigsetup::test;
using Catch::Matchers::Contains;

namespace {

constexpr uid_t k_stranger = 12345;
constexpr gid_t k_group = 60;  // "games": a group that every Debian has

const std::string k_two_files = R"(
  - id: one
    file: {path: /etc/one, content: "1\n"}
  - id: two
    command: {argv: [touch, /tmp/two], check: [test, -e, /tmp/two]}
)";
const std::string k_slow = R"(
  - command: {argv: [sleep, "60"], check: [test, -e, /tmp/never]}
)";

std::string problem_of(const HttpAnswer& answer) { return answer.json().at("message").as_string(); }

}  // namespace

TEST_CASE("from a recipe to a root that is as it says, over the socket") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto body = inline_recipe(bed, k_two_files);

  const auto validation = post(bed.socket, "/v1/validate", body);
  CHECK(validation.status == 200);
  CHECK(validation.json().at("complaints").as_list().empty());

  const auto plan = post(bed.socket, "/v1/plans", body);
  REQUIRE(plan.status == 200);
  const auto value = plan.json();
  CHECK_FALSE(value.at("empty").as_bool());
  REQUIRE(value.at("steps").as_list().size() == 2);
  for (const auto& step : value.at("steps").as_list()) CHECK(step.at("verdict").as_string() == "change");
  CHECK(value.at("root").as_string() == bed.root.string());
  CHECK(get(bed.socket, "/v1/plans/" + value.at("id").as_string()).json() == value);

  const auto wanted = Value::map({{"plan", value.at("id")}, {"digest", value.at("digest")}});
  const auto start = post(bed.socket, "/v1/runs", wanted);
  REQUIRE(start.status == 201);
  const auto run = start.json().at("run").as_int();
  const auto records = follow(bed, run);
  REQUIRE(records.size() >= 6);
  CHECK(records.front().at("event").as_string() == "run-started");
  CHECK(records.back().at("event").as_string() == "run-finished");
  CHECK(outcome_of(bed, run) == "done");
  CHECK(read_file(bed.root / "etc/one") == "1\n");
  CHECK(std::filesystem::exists(bed.root / "tmp/two"));
  CHECK(post(bed.socket, "/v1/runs", wanted).status == 404);  // sent again, it starts nothing

  const auto status = get(bed.socket, "/v1/status?root=" + bed.root.string()).json();
  CHECK(status.at("run").as_int() == run);
  CHECK(status.at("recipe").as_string() == "test");
  CHECK(status.at("outcome").as_string() == "done");
  CHECK(status.at("steps").as_list()[0].at("state").as_string() == "as-wanted");
  CHECK_THAT(status.at("os").as_string(), Contains("bookworm"));

  const auto again = post(bed.socket, "/v1/plans", body).json();
  CHECK(again.at("empty").as_bool());
  // Without a recipe, that of the latest run is meant.
  std::filesystem::remove(bed.root / "etc/one");
  const auto drift = post(bed.socket, "/v1/plans",
                          Value::map({{"recipe", Value::map({{"text", ""}})}, {"root", bed.root.string()}}));
  REQUIRE(drift.status == 200);
  CHECK(drift.json().at("steps").as_list()[0].at("verdict").as_string() == "change");
  CHECK(drift.json().at("steps").as_list()[1].at("verdict").as_string() == "as-wanted");
}

TEST_CASE("what was run can be looked at again") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  CHECK(get(bed.socket, "/v1/runs/latest").status == 404);
  const auto run = start_run(bed, R"(
  - id: talk
    command: {argv: [sh, -c, "echo spoken; touch /tmp/spoken"], check: [test, -e, /tmp/spoken]}
)");
  follow(bed, run);
  const auto runs = get(bed.socket, "/v1/runs").json().at("runs");
  REQUIRE(runs.as_list().size() == 1);
  CHECK(runs.as_list()[0].at("outcome").as_string() == "done");
  CHECK(runs.as_list()[0].at("user").as_string() == "root");
  CHECK(get(bed.socket, "/v1/runs/latest").json().at("run").as_int() == run);
  CHECK_THAT(get(bed.socket, "/v1/runs/latest/log").body, Contains("spoken"));
  CHECK_THAT(get(bed.socket, "/v1/runs/1/log?step=talk").body, Contains("spoken"));
  const auto unknown = get(bed.socket, "/v1/runs/1/log?step=tolk");
  CHECK(unknown.status == 404);
  CHECK_THAT(unknown.body, Contains("did you mean talk?"));
  CHECK(get(bed.socket, "/v1/runs/1/log?step=../../lock").status == 404);
  CHECK_THAT(get(bed.socket, "/v1/runs/1/recipe").body, Contains("echo spoken"));
  CHECK(get(bed.socket, "/v1/runs/7").status == 404);
  CHECK(get(bed.socket, "/v1/runs/seven/events").status == 404);
  CHECK(get(bed.socket, "/v1/runs?limit=x").status == 422);
  CHECK(HttpClient(bed.socket).post("/v1/runs/1/cancel", Value::map()).status == 409);
  CHECK(HttpClient(bed.socket).post("/v1/runs/1/resume", Value::map()).status == 409);
}

TEST_CASE("what is shipped and known is told") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto recipes = get(bed.socket, "/v1/recipes").json().at("recipes");
  REQUIRE(recipes.as_list().size() == 1);
  CHECK(recipes.as_list()[0].at("name").as_string() == "greeting");
  CHECK(recipes.as_list()[0].at("summary").as_string() == "a file that greets");
  CHECK(get(bed.socket, "/v1/recipes/greeting").body == read_file(bed.data / "greeting.yaml"));
  CHECK_THAT(get(bed.socket, "/v1/recipes/greting").body, Contains("did you mean greeting?"));
  for (const char* name : {"..%2Frigsetupd", "%2Fetc%2Fpasswd", ".", ".."}) {
    CHECK(get(bed.socket, std::string("/v1/recipes/") + name).status == 404);
  }
  CHECK(get(bed.socket, "/v1/kinds").json().at("kinds").as_list().size() >= 9);
  CHECK(get(bed.socket, "/v1/kinds/file").json().at("name").as_string() == "file");
  CHECK(get(bed.socket, "/v1/kinds/fiel").status == 404);
  CHECK(get(bed.socket, "/v1/facts?root=" + bed.root.string()).json().at("platform").as_string() ==
        "debian-12");
  CHECK(get(bed.socket, "/v1/status?root=relative").status == 422);
  CHECK(get(bed.socket, "/v1/status?root=/there/is/none").status == 404);
}

TEST_CASE("an invalid recipe is refused with all that is wrong with it") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto body = inline_recipe(bed, "  - fiel: {path: /etc/one}\n  - file: {pth: /etc/two, content: x}\n");
  const auto plan = post(bed.socket, "/v1/plans", body);
  CHECK(plan.status == 422);
  CHECK(plan.json().at("complaints").as_list().size() >= 2);
  CHECK(plan.json().at("complaints").as_list()[0].at("place").at("file").as_string() == "test.yaml");
  const auto validation = post(bed.socket, "/v1/validate", body);
  CHECK(validation.status == 200);
  CHECK(validation.json().at("complaints") == plan.json().at("complaints"));
  CHECK(post(bed.socket, "/v1/plans", Value::map({{"recipes", 1}})).status == 422);
  CHECK(HttpClient(bed.socket).request("POST", "/v1/plans", "{").status == 422);
}

TEST_CASE("files beside a recipe are asked for, and travel along") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  auto body = inline_recipe(bed, "  - file: {path: /etc/one, source: one.txt}\n");
  const auto refused = post(bed.socket, "/v1/plans", body);
  CHECK(refused.status == 422);
  CHECK(refused.json().at("attachments").as_strings() == std::vector<std::string>{"one.txt"});
  auto recipe = body.at("recipe");
  recipe.set("attachments", Value::map({{"one.txt", "aGVsbG8K"}}));
  body.set("recipe", recipe);
  CHECK(post(bed.socket, "/v1/plans", body).status == 200);
}

TEST_CASE("a run is refused without the digest that was agreed to, and while another goes on") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto plan = post(bed.socket, "/v1/plans", inline_recipe(bed, k_two_files)).json();
  CHECK(post(bed.socket, "/v1/runs", Value::map({{"plan", plan.at("id")}, {"digest", "0"}})).status == 409);

  const auto slow = start_run(bed, k_slow);
  const auto wanted = Value::map({{"plan", plan.at("id")}, {"digest", plan.at("digest")}});
  const auto second = post(bed.socket, "/v1/runs", wanted);
  CHECK(second.status == 409);
  CHECK(second.json().at("run").as_int() == slow);
  // Nor is there planning or checking under its hands.
  const auto planning = post(bed.socket, "/v1/plans", inline_recipe(bed, k_two_files));
  CHECK(planning.status == 409);
  CHECK(planning.json().at("run").as_int() == slow);
  CHECK(post(bed.socket, "/v1/checks", inline_recipe(bed, k_two_files)).status == 409);
  CHECK(get(bed.socket, "/v1/status?root=" + bed.root.string()).json().at("running").as_int() == slow);

  // One that waits starts when the other ended.
  HttpClient waiting(bed.socket);
  auto wait = wanted;
  wait.set("wait", true);
  const auto text = to_json(wait);
  waiting.send("POST /v1/runs HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(text.size()) +
               "\r\n\r\n" + text);
  CHECK(post(bed.socket, "/v1/runs/latest/cancel", Value::map()).status == 200);
  follow(bed, slow);
  CHECK(outcome_of(bed, slow) == "cancelled");
  const auto reply = waiting.read_reply();
  REQUIRE(reply.status == 201);
  follow(bed, reply.json().at("run").as_int());
  CHECK(outcome_of(bed, reply.json().at("run").as_int()) == "done");
}

TEST_CASE("a run that was cancelled is gone on with") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const auto run = start_run(bed, R"(
  - id: wait
    command: {argv: [sh, -c, "test -e /tmp/go || sleep 60; touch /tmp/done"], check: [test, -e, /tmp/done]}
)");
  REQUIRE(eventually(
      [&] { return get(bed.socket, "/v1/runs/1").body.find("\"started\":true") != std::string::npos; }));
  CHECK(post(bed.socket, "/v1/runs/1/cancel", Value::map()).status == 200);
  follow(bed, run);
  REQUIRE(outcome_of(bed, run) == "cancelled");
  std::ofstream(bed.root / "tmp/go");
  CHECK(post(bed.socket, "/v1/runs/1/resume", Value::map()).status == 200);
  follow(bed, run);
  CHECK(outcome_of(bed, run) == "done");
}

TEST_CASE("checks are run on demand, and status tells their result") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  const std::string steps = R"(
  - file: {path: /etc/one, content: "1\n"}
  - nvidia_gpu: {}
)";
  follow(bed, start_run(bed, steps));
  const auto checks = post(bed.socket, "/v1/checks", inline_recipe(bed, steps));
  REQUIRE(checks.status == 200);
  const auto lines = checks.json().at("checks");
  REQUIRE(lines.as_list().size() == 1);
  const auto& line = lines.as_list()[0];
  CHECK(line.at("step").as_string() == "nvidia_gpu");
  CHECK(line.at("outcome").as_string() == "deferred");  // a tree has no GPU; its first boot may have one
  CHECK_FALSE(line.at("reason").as_string().empty());
  const auto status = get(bed.socket, "/v1/status?root=" + bed.root.string()).json();
  CHECK(status.at("checks").as_list()[0].at("outcome").as_string() == "deferred");
  CHECK_FALSE(status.at("checks").as_list()[0].at("time").as_string().empty());
  auto one = inline_recipe(bed, steps);
  one.set("step", "nvidia_gp");
  CHECK_THAT(post(bed.socket, "/v1/checks", one).body, Contains("did you mean nvidia_gpu?"));
}

TEST_CASE("strangers look and nothing else; members of the group do all") {
  const Bed bed;
  std::ofstream(bed.config) << "group: games\n";
  const RunningDaemon daemon(bed);
  follow(bed, start_run(bed, k_two_files));
  const auto as_stranger = [&](const std::string& method, const std::string& target,
                               const std::string& body = {}) {
    return request_as(k_stranger, {}, bed.socket, method, target, body);
  };
  for (const char* target :
       {"/v1/version", "/v1/status", "/v1/facts", "/v1/kinds", "/v1/kinds/file", "/v1/recipes",
        "/v1/recipes/greeting", "/v1/runs", "/v1/runs/1", "/v1/runs/latest/events"}) {
    INFO(target);
    CHECK(as_stranger("GET", target).status == 200);
  }
  const auto root = "?root=" + bed.root.string();
  for (const auto& target : {"/v1/status" + root, "/v1/facts" + root, std::string("/v1/runs/1/log"),
                             std::string("/v1/runs/1/recipe")}) {
    INFO(target);
    CHECK(as_stranger("GET", target).status == 403);
  }
  const auto recipe = to_json(inline_recipe(bed, k_two_files));
  for (const char* target :
       {"/v1/plans", "/v1/checks", "/v1/runs", "/v1/runs/1/cancel", "/v1/runs/1/resume"}) {
    INFO(target);
    const auto answer = as_stranger("POST", target, recipe);
    CHECK(answer.status == 403);
    CHECK(answer.json().at("code").as_string() == "denied");
    CHECK_FALSE(answer.json().at("hint").as_string().empty());
  }
  CHECK(as_stranger("POST", "/v1/validate", recipe).status == 200);
  const std::string shipped = R"({"recipe":{"shipped":"greeting"}})";
  const auto plan = as_stranger("POST", "/v1/plans", shipped);
  CHECK(plan.status == 200);
  CHECK(as_stranger("POST", "/v1/plans", R"({"recipe":{"shipped":"greeting"},"root":"/"})").status == 403);
  CHECK(as_stranger("POST", "/v1/plans", R"({"recipe":{"text":""}})").status == 403);

  // A member by supplementary group plans and runs; the plan is then the member's own.
  const auto as_member = [&](const std::string& method, const std::string& target,
                             const std::string& body = {}) {
    return request_as(k_stranger + 1, {k_group}, bed.socket, method, target, body);
  };
  std::filesystem::remove(bed.root / "etc/one");
  const auto own = as_member("POST", "/v1/plans", recipe);
  REQUIRE(own.status == 200);
  const auto id = own.json().at("id").as_string();
  CHECK(as_stranger("GET", "/v1/plans/" + id).status == 404);
  CHECK(get(bed.socket, "/v1/plans/" + id).status == 200);
  const auto run =
      as_member("POST", "/v1/runs", to_json(Value::map({{"plan", id}, {"digest", own.json().at("digest")}})));
  REQUIRE(run.status == 201);
  follow(bed, 2);
  CHECK(get(bed.socket, "/v1/runs/2").json().at("caller").at("uid").as_int() == k_stranger + 1);
  CHECK(as_member("GET", "/v1/runs/2/log").status == 200);
}

TEST_CASE("strangers make the daemon use no network") {
  const Bed bed;
  std::ofstream(bed.data / "package.yaml") << "rigsetup: 1\nname: package\nsummary: needs lists\nsteps:\n"
                                              "  - apt_packages: {packages: [rigsetup-test-package]}\n";
  const RunningDaemon daemon(bed);
  const auto plan =
      request_as(k_stranger, {}, bed.socket, "POST", "/v1/plans", R"({"recipe":{"shipped":"package"}})");
  CHECK(plan.status == 403);
  CHECK_THAT(plan.body, Contains("lists would have to be fetched"));
}

TEST_CASE("every route answers as its description says") {
  const Bed bed;
  const RunningDaemon daemon(bed);
  follow(bed, start_run(bed, k_two_files));
  Complaints complaints;
  const auto document =
      parse_yaml(read_file(RIGSETUP_SOURCE_DIR "/src/server/openapi.yaml"), "openapi.yaml", complaints);
  REQUIRE(complaints.empty());
  int tried = 0;
  for (const auto& [path, operations, path_mark] : document.at("paths").as_map()) {
    for (const auto& [method, operation, mark] : operations.as_map()) {
      INFO(method << " " << path);
      auto target = path;
      if (const auto at = target.find("{name}"); at != std::string::npos) {
        target.replace(at, 6, path.starts_with("/v1/kinds") ? "file" : "greeting");
      }
      if (const auto at = target.find("{id}"); at != std::string::npos) target.replace(at, 4, "1");
      std::string body;
      if (operation.find("requestBody") != nullptr) body = to_json(inline_recipe(bed, k_two_files));
      const auto answer = HttpClient(bed.socket).request(method == "get" ? "GET" : "POST", target, body);
      const auto* described = operation.at("responses").find(std::to_string(answer.status));
      REQUIRE(described != nullptr);
      ++tried;
      if (answer.status / 100 != 2) {
        CHECK_FALSE(problem_of(answer).empty());
        continue;
      }
      CHECK(answer.headers.at("content-type") == described->at("content").as_map().front().key);
      const auto& schema = described->at("content").as_map().front().value.at("schema");
      const auto* reference = schema.find("$ref");
      if (answer.headers.at("content-type") != "application/json") continue;
      const auto name =
          reference == nullptr ? "" : reference->as_string().substr(reference->as_string().rfind('/') + 1);
      const auto& resolved = reference == nullptr ? schema : document.at("components").at("schemas").at(name);
      const auto value = answer.json();
      for (const auto& required : resolved.get_strings("required")) CHECK(value.find(required) != nullptr);
      for (const auto& member : value.as_map()) {
        INFO(member.key);
        CHECK(resolved.at("properties").find(member.key) != nullptr);
      }
    }
  }
  CHECK(tried == 20);
}
