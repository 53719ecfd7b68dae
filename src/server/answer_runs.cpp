// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <charconv>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "server/answers.hpp"
#include "server/stream.hpp"

namespace rigsetup::server {
namespace {

constexpr std::int64_t k_runs_at_once = 1000;
constexpr std::chrono::milliseconds k_look_again{250};  // only while a client waits for another run's end

/// ID is a number or "latest".
std::int64_t run_of(const Backend& backend, const Request& request) {
  const auto& text = request.captures.at("id");
  if (text == "latest") {
    if (const auto latest = backend.journal.latest()) return *latest;
    throw Error(Code::not_found, "cannot find the latest run: there was none yet");
  }
  std::int64_t run = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), run);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(Code::not_found, format("cannot find run {}: runs have numbers", printable(text)));
  }
  if (backend.journal.read(run, 0, 1).empty()) {
    throw Error(Code::not_found, format("cannot find run {}", run), "`rigsetup runs` lists them");
  }
  return run;
}

std::string root_of(const Journal& journal, std::int64_t run) {
  const auto first = journal.read(run, 0, 1);
  return std::get<RunStarted>(first.at(0).event).root;
}

void require_consent_word(const std::string& word) {
  const std::vector<std::string> known(std::begin(k_consents), std::end(k_consents));
  if (std::ranges::find(known, word) != known.end()) return;
  throw Error(Code::invalid, format("cannot allow {}: there is no such thing to agree to", printable(word)),
              "it is one of " + join(known, ", "));
}

Reply run_reply(std::int64_t run, unsigned status = 200) {
  return json_reply(protocol::RunReply{run}.to_value(), status);
}

}  // namespace

Reply answer_start_run(Backend& backend, const Request& request, std::stop_token stop) {
  const auto asked = protocol::RunRequest::from(request.json());
  for (const auto& word : asked.allow) require_consent_word(word);
  const auto remembered = backend.plans.find(asked.plan, request.peer);
  if (remembered->digest != asked.digest) {
    throw Error(Code::conflict,
                format("cannot run plan {}: what was agreed to is not what it says", asked.plan),
                "plan again");
  }
  if (remembered->plan.empty()) {
    throw Error(Code::conflict, format("cannot run plan {}: there is nothing to do", asked.plan));
  }
  // Whoever plans on this root ends first: both work on its scratch lists.
  const auto turn = backend.turns.wait_for(remembered->plan.root, stop);
  const std::lock_guard only_one(backend.starting);
  if (asked.wait && backend.runs.current()) {
    Reply later;
    later.again = k_look_again;
    return later;
  }
  const auto run =
      backend.runs.start(remembered->plan, remembered->recipe, caller_of(request.peer), asked.allow);
  backend.plans.forget(remembered->id);  // a request that is sent again does not start it twice
  return run_reply(run, 201);
}

Reply answer_runs(Backend& backend, const Request& request, std::stop_token) {
  const auto limit = std::clamp<std::int64_t>(request.number("limit", 50), 1, k_runs_at_once);
  Value lines = Value::list();
  for (const auto& run : backend.journal.runs(static_cast<std::size_t>(limit))) {
    protocol::RunLine line;
    line.run = run.id;
    line.started = iso_time(run.started);
    if (run.ended) line.ended = iso_time(*run.ended);
    line.recipe = run.recipe;
    line.root = run.root;
    line.user = run.user;
    line.outcome = to_string(run.outcome);
    lines.push_back(line.to_value());
  }
  return json_reply(Value::map().set("runs", std::move(lines)));
}

Reply answer_run(Backend& backend, const Request& request, std::stop_token) {
  auto state = backend.journal.state(run_of(backend, request));
  for (auto& step : state.steps) {
    if (!request.peer.trusted) step.evidence.clear();  // what programs printed
  }
  return json_reply(to_value(state));
}

Reply answer_events(Backend& backend, const Request& request, std::stop_token) {
  const auto run = run_of(backend, request);
  Reply reply;
  reply.type = "application/x-ndjson";
  reply.stream = std::make_unique<EventStream>(backend.journal, run, request.number("after", 0),
                                               request.flag("follow"), request.peer.trusted);
  return reply;
}

Reply answer_log(Backend& backend, const Request& request, std::stop_token) {
  const auto run = run_of(backend, request);
  const auto wanted = request.parameter("step");
  const auto folder = backend.settings.logs / std::to_string(run);
  // Only ids of the run's own steps are ever made a path.
  std::vector<std::string> steps;
  for (const auto& step : backend.journal.state(run).steps) steps.push_back(step.line.id);
  if (!wanted.empty() && std::ranges::find(steps, wanted) == steps.end()) {
    const auto near = suggestion(wanted, steps);
    throw Error(Code::not_found, format("cannot find step {} in run {}", printable(wanted), run),
                near ? format("did you mean {}?", *near) : "");
  }
  std::vector<FileStream::Part> parts;
  for (const auto& step : steps) {
    if (wanted.empty() || step == wanted) parts.push_back({step, folder / (step + ".log")});
  }
  Reply reply;
  reply.type = "text/plain";
  reply.stream = std::make_unique<FileStream>(std::move(parts));
  return reply;
}

Reply answer_run_recipe(Backend& backend, const Request& request, std::stop_token) {
  return text_reply(backend.journal.stored(run_of(backend, request)).recipe_text, "application/yaml");
}

Reply answer_cancel(Backend& backend, const Request& request, std::stop_token) {
  const auto run = run_of(backend, request);
  backend.runs.cancel(run, caller_of(request.peer));
  return run_reply(run);
}

Reply answer_resume(Backend& backend, const Request& request, std::stop_token stop) {
  protocol::ResumeRequest asked;
  if (!request.body.empty()) asked = protocol::ResumeRequest::from(request.json());
  for (const auto& word : asked.allow) require_consent_word(word);
  const auto run = run_of(backend, request);
  const auto turn = backend.turns.wait_for(root_of(backend.journal, run), stop);
  const std::lock_guard only_one(backend.starting);
  backend.runs.resume(run, format("asked by {}", caller_of(request.peer).user), asked.allow);
  return run_reply(run);
}

}  // namespace rigsetup::server
