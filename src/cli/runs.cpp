// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <charconv>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/follow.hpp"
#include "cli/moment.hpp"
#include "cli/run_view.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"

namespace rigsetup::cli {
namespace {

constexpr std::string_view k_reply = "the reply of rigsetupd";

/// The run that is meant: the number given, or the latest.
std::int64_t run_of(const Session& session) {
  const std::string& word = session.options.operand(0);
  if (word.empty()) return parse_json(session.daemon.get("/v1/runs/latest"), k_reply).at("run").as_int();
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (fault != std::errc{} || end != word.data() + word.size() || number < 1)
    throw Error(Code::invalid, format("cannot understand the run \"{}\": runs have numbers", printable(word)),
                session.command({"runs"}, false) + " lists them");
  return number;
}

Row row_of(const protocol::RunLine& line) {
  const std::string took = line.ended.empty() ? "" : time_between(line.started, line.ended);
  return {
      std::to_string(line.run),
      local_time(line.started),
      took,
      printable(line.user),
      printable(line.outcome),
      printable(line.recipe) + (place_of(line.root) == "this machine" ? "" : " on " + place_of(line.root))};
}

}  // namespace

int list_runs(Session& session) {
  const std::string body = session.daemon.get(format("/v1/runs?limit={}", session.options.limit));
  if (session.options.json) {
    say_json(body);
    return protocol::k_exit_as_wanted;
  }
  std::vector<Row> rows{{"RUN", "STARTED", "TOOK", "BY", "OUTCOME", "RECIPE"}};
  const Value reply = parse_json(body, k_reply);
  for (const Value& line : reply.at("runs").as_list()) rows.push_back(row_of(protocol::RunLine::from(line)));
  say(rows.size() == 1 ? "There was no run yet.\n" : table(rows, session.screen));
  return protocol::k_exit_as_wanted;
}

int show_run(Session& session) {
  const std::int64_t run = run_of(session);
  if (session.options.json)
    say_json(session.daemon.get(format("/v1/runs/{}", run)));
  else
    say(run_text(read_run(session, run), session.screen));
  return protocol::k_exit_as_wanted;
}

int show_log(Session& session) {
  std::string target = format("/v1/runs/{}/log", run_of(session));
  if (!session.options.step.empty()) target += "?step=" + url_encoded(session.options.step);
  const std::string text = session.daemon.get(target);
  if (session.options.json)
    say_json(to_json(Value::map({{"log", text}})));
  else
    say(text.empty() ? "Nothing was printed.\n" : printable(text, true));
  return protocol::k_exit_as_wanted;
}

int watch(Session& session) { return look_on(session, run_of(session), ""); }

int cancel(Session& session) {
  const std::int64_t run = run_of(session);
  const std::string body = session.daemon.post(format("/v1/runs/{}/cancel", run), Value::map());
  if (session.options.json)
    say_json(body);
  else
    say(format("Run {} is cancelled at its next safe point. To follow it: {}\n", run,
               session.command({"watch", std::to_string(run)}, false)));
  return protocol::k_exit_as_wanted;
}

int resume(Session& session) {
  const std::int64_t run = run_of(session);
  const std::string body =
      session.post(format("/v1/runs/{}/resume", run),
                   protocol::ResumeRequest{session.options.allow}.to_value(), "starting");
  if (!session.options.detach) return follow(session, run, "");
  if (session.options.json)
    say_json(body);
  else
    say(format("Run {} goes on. To follow it: {}\n", run,
               session.command({"watch", std::to_string(run)}, false)));
  return protocol::k_exit_as_wanted;
}

}  // namespace rigsetup::cli
