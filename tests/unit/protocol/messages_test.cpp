// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/data/json.hpp>
#include <rigsetup/protocol/messages.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::protocol;
using Catch::Matchers::Contains;

namespace {

/// What is written is as agreed, and what is read back is written the same way.
template <class Message>
void check_travels(const Message& message, const std::string& json) {
  CHECK(to_json(message.to_value()) == json);
  CHECK(to_json(Message::from(parse_json(json)).to_value()) == json);
}

template <class Message>
std::string refusal(const std::string& json) {
  try {
    Message::from(parse_json(json));
  } catch (const Error& error) {
    CHECK(error.code() == Code::invalid);
    return error.message();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a problem travels with all its complaints") {
  Problem problem;
  problem.code = Code::invalid;
  problem.message = "cannot use the recipe";
  problem.hint = "mend it";
  problem.place = "r.yaml:3:5";
  problem.complaints = {{{"r.yaml", 3, 5}, "unknown field 'pakages'", "did you mean 'packages'?"},
                        {{}, "empty", ""}};
  problem.attachments = {"requirements.txt"};
  problem.run = 12;
  check_travels(
      problem,
      R"({"code":"invalid","message":"cannot use the recipe","hint":"mend it","place":"r.yaml:3:5","complaints":[)"
      R"({"place":{"file":"r.yaml","line":3,"column":5},"message":"unknown field 'pakages'",)"
      R"("hint":"did you mean 'packages'?"},{"place":{},"message":"empty"}],)"
      R"("attachments":["requirements.txt"],"run":12})");
  const Problem back = Problem::from(problem.to_value());
  CHECK(back.code == Code::invalid);
  CHECK(back.complaints.at(0).text() == problem.complaints.at(0).text());
  check_travels(Problem{}, R"({"code":"internal","message":""})");
}

TEST_CASE("a shipped recipe travels by name alone") {
  RecipeRef ref{"demo", "", "", {}};
  check_travels(ref, R"({"shipped":"demo"})");
  CHECK(RecipeRef::from(parse_json(R"({"shipped":"demo","text":"steps: []"})")).text.empty());
}

TEST_CASE("an inline recipe travels with its attachments, whatever their bytes") {
  const std::string bytes("\0\xff\n\"wheel", 9);
  const RecipeRef ref{"", "my recipe.yaml", "rigsetup: 1\n", {{"a.whl", bytes}, {"empty", ""}}};
  const RecipeRef back = RecipeRef::from(parse_json(to_json(ref.to_value())));
  CHECK(back.shipped.empty());
  CHECK(back.file == "my recipe.yaml");
  CHECK(back.text == "rigsetup: 1\n");
  CHECK(back.attachments == ref.attachments);
  check_travels(RecipeRef{"", "f", "", {{"a", "b"}}}, R"({"file":"f","text":"","attachments":{"a":"Yg=="}})");
}

TEST_CASE("a recipe that is neither named nor brought is refused") {
  CHECK_THAT(refusal<RecipeRef>("{}"), Contains("text is missing"));
  CHECK_THAT(refusal<RecipeRef>(R"({"text":"","attachments":["a"]})"), Contains("attachments is"));
  CHECK_THAT(refusal<RecipeRef>(R"({"text":"","attachments":{"a.txt":"***"}})"), Contains("a.txt"));
  CHECK_THAT(refusal<RecipeRef>(R"({"text":"","attachments":{"a.txt":7}})"), Contains("a.txt"));
}

TEST_CASE("requests travel") {
  check_travels(RecipeRequest{{"demo", "", "", {}}, "/srv/rig", "torch", "00ff"},
                R"({"recipe":{"shipped":"demo"},"root":"/srv/rig","step":"torch","token":"00ff"})");
  check_travels(RecipeRequest{{"demo", "", "", {}}, "", "", "", false, false, "/srv/machine"},
                R"({"recipe":{"shipped":"demo"},"rig":"/srv/machine"})");
  check_travels(RunRequest{"p1", "aa", true}, R"({"plan":"p1","digest":"aa","wait":true})");
  check_travels(ResumeRequest{{"remove"}}, R"({"allow":["remove"]})");
  check_travels(ResumeRequest{}, "{}");
  check_travels(RunRequest{"p1", "aa", false}, R"({"plan":"p1","digest":"aa"})");
}

TEST_CASE("a validation travels") {
  check_travels(ValidateReply{"demo", {}, {"requirements.txt"}},
                R"({"name":"demo","complaints":[],"attachments":["requirements.txt"]})");
  check_travels(ValidateReply{"", {{{"f", 1, 0}, "m", ""}}, {}},
                R"({"complaints":[{"place":{"file":"f","line":1},"message":"m"}]})");
}

TEST_CASE("a plan travels") {
  PlanReply plan;
  plan.id = "p1";
  plan.digest = "aa";
  plan.recipe = "demo";
  plan.root = "/";
  plan.repair = {"libc6 is half installed"};
  plan.steps = {{"tools", "apt_packages", "packages", "change", "none", "jq 1.6", "", 0},
                {"gpu", "nvidia_gpu", "", "check", "", "", "no GPU", -1}};
  plan.transactions = {
      {{"tools"}, {"jq"}, {{"install", "jq", "", "1.6-2.1", "Debian:12", true, 65, 200}}, 65, 200}};
  plan.notes = {"lists are two days old"};
  plan.download_bytes = 65;
  plan.disk_bytes = -200;
  plan.free_bytes = 9'000'000'000;
  check_travels(
      plan,
      R"({"id":"p1","digest":"aa","recipe":"demo","root":"/","empty":false,"repair":["libc6 is half installed"],)"
      R"("steps":[{"id":"tools","kind":"apt_packages","title":"packages","verdict":"change","have":"none",)"
      R"("want":"jq 1.6","transaction":0},)"
      R"({"id":"gpu","kind":"nvidia_gpu","verdict":"check","reason":"no GPU","transaction":-1}],)"
      R"("transactions":[{"steps":["tools"],"hold":["jq"],"changes":[{"action":"install","name":"jq","to":"1.6-2.1",)"
      R"("origin":"Debian:12","requested":true,"download_bytes":65,"disk_bytes":200}],)"
      R"("download_bytes":65,"disk_bytes":200}],"notes":["lists are two days old"],)"
      R"("download_bytes":65,"disk_bytes":-200,"free_bytes":9000000000})");
}

TEST_CASE("short replies travel") {
  check_travels(RunReply{9}, R"({"run":9})");
  check_travels(VersionReply{"0.1.0", 1, 42}, R"({"version":"0.1.0","api":1,"pid":42})");
  check_travels(RecipeLine{"demo", "a summary", "/r/demo.yaml"},
                R"({"name":"demo","summary":"a summary","path":"/r/demo.yaml"})");
  check_travels(
      RunLine{9, "t1", "t2", "demo", "/", "alice", "done"},
      R"({"run":9,"started":"t1","ended":"t2","recipe":"demo","root":"/","user":"alice","outcome":"done"})");
  check_travels(
      CheckLine{"gpu", "nvidia_gpu", "failed", "no device", "plug it in", "t", {{"nvidia-smi", "none"}}},
      R"({"step":"gpu","kind":"nvidia_gpu","outcome":"failed","reason":"no device","hint":"plug it in",)"
      R"("time":"t","evidence":[{"what":"nvidia-smi","seen":"none"}]})");
}

TEST_CASE("a status travels") {
  StatusReply status;
  status.version = "0.1.0";
  status.root = "/";
  status.os = "Debian 12";
  status.recipe = "demo";
  status.run = 3;
  status.outcome = "done";
  status.ended = "t";
  status.running = 4;
  status.reboot_required = true;
  status.steps = {{"a", "file", "a file", "differs", "old", "new", "why"}};
  status.checks = {{"gpu", "nvidia_gpu", "unknown", "", "", "", {}}};
  status.repair = {"half installed"};
  status.run_problem = "cannot go on";
  status.run_hint = "resume it";
  check_travels(
      status,
      R"({"version":"0.1.0","root":"/","os":"Debian 12","recipe":"demo","run":3,"outcome":"done",)"
      R"("ended":"t","running":4,"reboot_required":true,"steps":[{"id":"a","kind":"file","title":"a file",)"
      R"("state":"differs","have":"old","want":"new","reason":"why"}],)"
      R"("checks":[{"step":"gpu","kind":"nvidia_gpu","outcome":"unknown"}],"repair":["half installed"],)"
      R"("run_problem":"cannot go on","run_hint":"resume it"})");
}

TEST_CASE("a status is as wanted when nothing differs, no check failed and nothing is to be repaired") {
  StatusReply status;
  CHECK(status.as_wanted());
  status.steps = {{"a", "file", "", "as-wanted", "", "", ""}, {"b", "file", "", "skipped", "", "", "no GPU"}};
  status.checks = {{"c", "nvcc_compiles", "passed", "", "", "", {}},
                   {"d", "nvidia_gpu", "deferred", "", "", "", {}}};
  CHECK(status.as_wanted());
  for (const char* state : {"differs", "pending", "unknown"}) {
    StatusReply other = status;
    other.steps[0].state = state;
    CHECK_FALSE(other.as_wanted());
  }
  StatusReply failed = status;
  failed.checks[0].outcome = "failed";
  CHECK_FALSE(failed.as_wanted());
  StatusReply broken = status;
  broken.repair = {"half installed"};
  CHECK_FALSE(broken.as_wanted());
}

TEST_CASE("members that are not known are ignored") {
  CHECK(RunReply::from(parse_json(R"({"run":9,"mood":"good","more":{"run":1}})")).run == 9);
  CHECK(RunRequest::from(parse_json(R"({"plan":"p","digest":"d","wait":null})")).wait == false);
}

TEST_CASE("what is wrong with a message is named") {
  CHECK_THAT(refusal<RunReply>("7"), Contains("the reply"));
  CHECK_THAT(refusal<RunRequest>(R"({"plan":"p"})"), Contains("digest is missing"));
  CHECK_THAT(refusal<RunRequest>(R"({"plan":7,"digest":"d"})"), Contains("plan is"));
  CHECK_THAT(refusal<RunRequest>(R"({"plan":"p","digest":"d","wait":"yes"})"), Contains("wait is"));
  CHECK_THAT(refusal<RunReply>(R"({"run":1.5})"), Contains("run is"));
  CHECK_THAT(refusal<RecipeRequest>(R"({"root":"/"})"), Contains("recipe is missing"));
  CHECK_THAT(refusal<RecipeRequest>(R"({"recipe":"demo"})"), Contains("recipe"));
  CHECK_THAT(refusal<ValidateReply>(R"({"complaints":[{"message":"m"}]})"),
             Contains("complaints") && Contains("place is missing"));
  CHECK_THAT(refusal<VersionReply>(R"({"version":"1","api":99999999999})"), Contains("api is out of range"));
}
