// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// src/server/openapi.yaml against the code that it describes: the table of routes, and all that travels.

#include "tests/support/description.hpp"

#include <algorithm>
#include <set>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/event/run_state.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/protocol/doctor.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "server/routes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/json_schema.hpp"

using namespace rigsetup;
using namespace rigsetup::server;
using namespace rigsetup::test;

namespace {

const Description& description() {
  static const Description k_description;
  return k_description;
}

const Value& schema_named(const std::string& name) {
  return description().document().at("components").at("schemas").at(name);
}

/// Members that are described and that a value with everything in it does not have.
std::vector<std::string> never_said(const Value& value, const Value& reference, const std::string& where) {
  std::vector<std::string> found;
  const auto& schema = resolved(description().document(), reference);
  const auto add = [&](const std::vector<std::string>& more) {
    found.insert(found.end(), more.begin(), more.end());
  };
  if (value.is_list() && !value.as_list().empty()) {
    add(never_said(value.as_list().front(), schema.at("items"), where + "[0]"));
  }
  if (!value.is_map() || schema.find("properties") == nullptr) return found;
  for (const auto& property : schema.at("properties").as_map()) {
    const auto name = where + "." + property.key;
    const auto* member = value.find(property.key);
    member == nullptr ? found.push_back(name) : add(never_said(*member, property.value, name));
  }
  return found;
}

void check(const std::string& name, const Value& full, const Value& least) {
  const std::vector<std::string> none;
  CHECK(departures(full, schema_named(name), description().document()) == none);
  CHECK(departures(least, schema_named(name), description().document()) == none);
  CHECK(never_said(full, schema_named(name), name) == none);
}
void check(const std::string& name, const Value& full) { check(name, full, full); }

Value record(Event event, int percent = 0) {
  return to_value(
      Record{7, 3, std::chrono::system_clock::time_point(std::chrono::hours(1)), std::move(event), percent});
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::toupper(c); });
  return result;
}

const Caller k_caller{1000, "alice", 12, "pts/3"};
const std::vector<Thing> k_things{{"file", "/etc/a", "note", true}};
const std::vector<Fault> k_faults{{Code::program, "cannot x: y", "z"}};

}  // namespace

TEST_CASE("every route is described, with who may ask and its parameters, and nothing else is") {
  std::set<std::string> faults;
  std::set<std::string> described;
  for (const auto& operation : description().operations()) {
    const auto name = operation.name();
    described.insert(name);
    const auto route = std::ranges::find_if(
        routes(), [&](const Route& r) { return r.path == operation.path && r.method == operation.method; });
    if (route == routes().end()) {
      faults.insert("src/server/openapi.yaml describes " + name +
                    ", which the table in src/server/routes.cpp lacks");
      continue;
    }
    const auto expect = [&](bool so, const std::string& what) {
      if (!so) faults.insert(name + ": its description must say " + what);
    };
    expect(operation.value->get("x-access", "") == to_string(route->access),
           format("x-access: {}", to_string(route->access)));
    expect(!operation.value->get("summary", "").empty(), "a summary");
    expect(operation.parameters("query") == std::set<std::string>(route->query.begin(), route->query.end()),
           "the query parameters of its line in src/server/routes.cpp, and no others");
    std::set<std::string> captures;
    for (const auto& part : split(operation.path, '/')) {
      if (part.starts_with('{')) captures.insert(part.substr(1, part.size() - 2));
    }
    expect(operation.parameters("path") == captures, "the parameters of its path");
    expect(route->access == Access::anyone || operation.statuses().contains(403), "that it can answer 403");
    expect(captures.empty() || operation.statuses().contains(404), "that it can answer 404");
    expect(operation.statuses().contains(422),
           "that it can answer 422, as any route to an unknown parameter");
    expect(operation.statuses().contains(503), "default: {$ref: \"#/components/responses/Anywhere\"}");
  }
  for (const auto& route : routes()) {
    const auto name = upper(route.method) + " " + std::string(route.path);
    if (!described.contains(name)) {
      faults.insert("src/server/routes.cpp has " + name + ": describe it in src/server/openapi.yaml");
    }
  }
  for (const auto& fault : faults) UNSCOPED_INFO(fault);
  CHECK(faults.empty());
}

TEST_CASE("every reference in the description leads somewhere, and every schema is referred to") {
  std::set<std::string> used;
  const auto walk = [&](const auto& self, const Value& value) -> void {
    if (value.is_list()) {
      for (const auto& item : value.as_list()) self(self, item);
    } else if (value.is_map()) {
      if (const auto* reference = value.find("$ref")) {
        CHECK(value.as_map().size() == 1);  // what stands beside it would be ignored by some readers
        CHECK_FALSE(resolved(description().document(), value).is_null());
        used.insert(reference->as_string());
      }
      for (const auto& member : value.as_map()) self(self, member.value);
    }
  };
  walk(walk, description().document());
  for (const auto& schema : description().document().at("components").at("schemas").as_map()) {
    INFO(schema.key);
    CHECK(used.contains("#/components/schemas/" + schema.key));
    if (schema.value.get("type", "") != "object" || schema.key.ends_with("Request")) continue;
    CHECK_FALSE(
        schema.value.at("additionalProperties").as_bool());  // replies say nothing that is not described
    for (const auto& name : schema.value.get_strings("required")) {
      CHECK(schema.value.at("properties").find(name) != nullptr);
    }
  }
}

TEST_CASE("every event is described, to its last member") {
  const std::vector<std::pair<Event, Event>> events = {
      {RunStarted{"a", "b", "c", "/", k_caller, {{"one", "file", "t"}}, {"remove"}},
       RunStarted{"", "", "", "/", {}, {{"one", "file", ""}}}},
      {RunResumed{"boot", "why", {"remove"}}, RunResumed{}},
      {PlanChanged{"digest", {"difference"}, {{"one", "file", "t"}}}, PlanChanged{}},
      {StepStarted{"one", "have", "want", k_things}, StepStarted{"one", "", ""}},
      {StepFinished{"one", Outcome::failed, "why", {{"what", "seen"}}, k_faults, 5, k_things},
       StepFinished{}},
      {PhaseEnded{"one", "label", 5, 6, "bytes"}, PhaseEnded{"one", "label", 0, 0, ""}},
      {Finding{"one", "message", "hint"}, Finding{"", "message", ""}},
      {RetryScheduled{"one", 5, "why"}, RetryScheduled{}},
      {CancelRequested{k_caller}, CancelRequested{}},
      {RebootNeeded{"one", "why", "boot"}, RebootNeeded{}},
      {RunFinished{RunOutcome::waiting, k_faults, {{"replace", "y"}}}, RunFinished{}},
  };
  REQUIRE(events.size() == std::variant_size_v<Event>);
  std::set<std::size_t> tried;
  const auto& lines = schema_named("StreamLine").at("oneOf").as_list();
  for (const auto& [full, least] : events) {
    tried.insert(full.index());
    const auto said = record(full, std::holds_alternative<RunStarted>(full) ? 0 : 42);
    check("StreamLine", said, record(least));
    INFO(said.at("event").as_string());
    const auto schema = std::ranges::find_if(
        lines, [&](const Value& line) { return departures(said, line, description().document()).empty(); });
    REQUIRE(schema != lines.end());
    CHECK(never_said(said, *schema, "").empty());
  }
  CHECK(tried.size() == events.size());
  const Progress progress{"one", "label", 5, 6, "bytes", true, "postinst of one", 7, 8, 9};
  check("ProgressLine", Value::map({{"progress", to_value(progress)}}),
        Value::map({{"progress", to_value(Progress{})}}));
  CHECK(lines.size() == events.size() + 1);
}

TEST_CASE("every state of a run is described, to its last member") {
  const auto applied = [](const std::vector<Event>& events) {
    RunState state;
    for (std::size_t i = 0; i < events.size(); ++i) {
      apply(state, {7, static_cast<std::int64_t>(i + 1), std::chrono::system_clock::now(), events[i]});
    }
    return to_value(state);
  };
  const RunStarted begin{"a", "b", "c", "/", k_caller, {{"one", "file", "t"}}, {"remove"}};
  auto full = applied({begin, RunFinished{RunOutcome::waiting, {}, {{"remove", "x"}, {"replace", "y"}}},
                       RunResumed{"boot", "why", {"remove"}}, CancelRequested{k_caller},
                       StepStarted{"one", "have", "want", k_things}, Finding{"one", "message", "hint"},
                       PhaseEnded{"one", "label", 5, 6, "bytes"}, Finding{"", "message", "hint"},
                       RebootNeeded{"one", "why", "boot"},
                       StepFinished{"one", Outcome::failed, "why", {{"what", "seen"}}, k_faults, 5, k_things},
                       RunFinished{RunOutcome::waiting, k_faults, {{"replace", "y"}}}});
  const auto retrying = applied({begin, RetryScheduled{"one", 5, "why"}});
  CHECK(departures(full, schema_named("RunState"), description().document()).empty());
  CHECK(departures(retrying, schema_named("RunState"), description().document()).empty());
  // A step that waits has not ended, so no one state has all; and a finding of the run names no step.
  CHECK(never_said(full, schema_named("RunState"), "") ==
        std::vector<std::string>{".steps[0].retry", ".findings[0].step"});
  CHECK(retrying.at("steps").as_list()[0].at("retry").as_string() == "why");
}

TEST_CASE("every reply is described, to its last member") {
  const Complaint complaint{{"a.yaml", 1, 2}, "message", "hint"};
  check("Problem",
        protocol::Problem{Code::busy, "cannot x", "hint", "a.yaml:1:2", {complaint}, {"file"}, 7}.to_value(),
        protocol::Problem{Code::busy, "cannot x", "", "", {}, {}, 0}.to_value());
  check("Version", protocol::VersionReply{"1", 1, 7}.to_value());
  check("Validation", protocol::ValidateReply{"a", {complaint}, {"file"}}.to_value(),
        protocol::ValidateReply{"", {{{}, "message", ""}}, {}}.to_value());
  const protocol::PlanReply plan{"id",
                                 "digest",
                                 "a",
                                 "/",
                                 false,
                                 {"repair"},
                                 {{"one", "file", "t", "change", "have", "want", "why", 0}},
                                 {{{"one"}, {"held"}, {{"install", "p", "1", "2", "o", true, 1, 2}}, 1, 2}},
                                 true,
                                 {{"file", "file", "/etc/a"}},
                                 {{"remove", "would remove p 1"}},
                                 {"note"},
                                 1,
                                 2,
                                 3,
                                 "/srv/rig"};
  check("Plan", plan.to_value(), protocol::PlanReply{}.to_value());
  const protocol::CheckLine line{
      "one", "file", "failed", "why", "hint", "2026-01-02T03:04:05Z", {{"what", "seen"}}};
  check("CheckLine", line.to_value(),
        protocol::CheckLine{"one", "file", "unknown", "", "", "", {}}.to_value());
  const protocol::StatusReply status{"1",
                                     "/",
                                     "Debian",
                                     "a",
                                     "/etc/rigsetup/recipe.yaml",
                                     "problem",
                                     "hint",
                                     7,
                                     "done",
                                     "2026-01-02T03:04:05Z",
                                     8,
                                     true,
                                     {{"one", "file", "t", "differs", "have", "want", "why"}},
                                     {line},
                                     {"repair"},
                                     "run problem",
                                     "run hint",
                                     "trouble"};
  check("Status", status.to_value(), protocol::StatusReply{}.to_value());
  check("Fitted", protocol::InitReply{"file", "text"}.to_value(), protocol::InitReply{}.to_value());
  protocol::WhyReply why{"app", "/", "app 2.0", "package", {{"package", "app", "one", "a.yaml:3"}}, {}};
  why.origins.push_back(
      {"package", "app", "one", "rig", "a.yaml:3", "alice", "2026-01-02T03:04:05Z", 7, true});
  check("Why", why.to_value(), protocol::WhyReply{}.to_value());
  protocol::DoctorReply doctor;
  doctor.root = doctor.rig = doctor.os = doctor.recipe = "a";
  doctor.looked_at = {"b"};
  doctor.findings = {{"name", true, "what", "why", "fix", "command", "plan", {{"what", "seen"}}, true}};
  check("Doctor", doctor.to_value(), protocol::DoctorReply{}.to_value());
  check("RecipeLine", protocol::RecipeLine{"a", "summary", "path"}.to_value(),
        protocol::RecipeLine{"a", "", ""}.to_value());
  check("RunReply", protocol::RunReply{7}.to_value());
  check("RunLine",
        protocol::RunLine{7, "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", "a", "/", "alice", "done"}
            .to_value(),
        protocol::RunLine{7, "2026-01-02T03:04:05Z", "", "", "", "", "running"}.to_value());
}

TEST_CASE("facts and kinds are described, to their last member") {
  Facts facts{"/", "debian", "12", "bookworm", "Debian", "amd64", true, std::nullopt};
  const auto of_a_tree = to_value(facts);
  const Gpu gpu{
      "0000:01:00.0", "nvidia", "2684", "nvidia", "1043:889d", "0300", "GeForce RTX 4090", "ada", "active",
      {1, 16},        {4, 16},  0,      true,     "GPU-1",     1};
  facts.machine = Facts::Machine{"6.1", "boot", "docker", "cpu", 4, 5, {gpu}, {{"sda", "ssd", 6}}};
  facts.machine->virtual_machine = "kvm";
  facts.machine->compiler = {"gcc", "12.3.0"};
  facts.machine->secure_boot = {"efi", true, true, true, true, true, {{"/var/lib/dkms/mok.pub", true, true, true}}};
  facts.machine->lockdown = "integrity";
  facts.machine->nouveau_loaded = true;
  facts.machine->nvidia = LoadedNvidia{"580.95.05", "open"};
  const NvmlError lost{15, "GPU_IS_LOST", "GPU is lost"};
  facts.machine->nvml = NvmlAnswer{"/usr/lib/libnvidia-ml.so.580.95.05",
                                   "580.95.05",
                                   "13.0",
                                   {{0,
                                     "0000:01:00.0",
                                     "2684",
                                     "name",
                                     "GPU-1",
                                     1,
                                     1,
                                     "8.9",
                                     true,
                                     450000,
                                     450000,
                                     {1, 16},
                                     {4, 16},
                                     40,
                                     0,
                                     false,
                                     lost}},
                                   lost};
  facts.kernels = {{{"6.1", true, true, true, "gcc 12.3.0"}}, "6.1", "6.1", "amd64"};
  facts.dkms = {{"nvidia", "580.95.05", "installed", "6.1"}};
  facts.nvidia = {{{"6.1", "/lib/modules/6.1/updates/dkms/nvidia.ko", "580.95.05", "open", true}},
                  {{"libcuda.so.1", "/usr/lib/libcuda.so.580.95.05", "580.95.05", true}},
                  {{"libcuda1", "580.95.05-1", "installed", "nvidia", "580.95.05"}},
                  {"/usr/bin/nvidia-uninstall"},
                  "/etc/modprobe.d/a.conf",
                  true};
  facts.machine->nvswitches = 4;
  facts.desktop = "gdm3";
  check("Facts", to_value(facts), of_a_tree);
  for (const auto* kind : catalog()) {
    INFO(kind->name);
    CHECK(departures(to_value(*kind), schema_named("Kind"), description().document()).empty());
  }
  Kind kind;
  kind.fields.push_back({"name", FieldType::choice, "summary", true, "a", {"a", "b"}, true});
  check("Kind", to_value(kind));
}
