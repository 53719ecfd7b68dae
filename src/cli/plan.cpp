// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <cerrno>

#include <unistd.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/follow.hpp"
#include "cli/plan_view.hpp"
#include "cli/recipe_file.hpp"
#include "cli/session.hpp"
#include "cli/status_view.hpp"
#include "cli/verbs.hpp"

namespace rigsetup::cli {
namespace {

constexpr std::string_view k_reply = "the reply of rigsetupd";

protocol::ValidateReply ask_validate(const Session& session, const protocol::RecipeRequest& request,
                                     std::string& body) {
  body = session.post("/v1/validate", request.to_value(), "reading the recipe");
  return protocol::ValidateReply::from(parse_json(body, k_reply));
}

/// The recipe and all that belongs to it: the daemon tells which files it needs, and they are read here, with
/// the caller's rights. Throws Refused with all complaints when it is not right.
protocol::RecipeRequest request_for(const Session& session, const std::string& recipe) {
  protocol::RecipeRequest request;
  request.root = session.options.root;
  request.recipe = read_recipe(recipe);
  if (!request.recipe.shipped.empty()) return request;
  std::string body;
  const protocol::ValidateReply reply = ask_validate(session, request, body);
  if (!reply.complaints.empty()) {
    protocol::Problem problem;
    problem.code = Code::invalid;
    problem.message = format("cannot use the recipe {}", printable(recipe));
    problem.complaints = reply.complaints;
    throw Refused{problem, protocol::k_exit_usage};
  }
  read_attachments(request.recipe, reply.attachments);
  return request;
}

struct Planned {
  protocol::PlanReply plan;
  std::string body;
};

Planned make_plan(const Session& session) {
  auto request = request_for(session, session.options.operand(0));
  request.token = random_token();
  Planned planned;
  planned.body = session.post("/v1/plans", request.to_value(), "planning", request.token);
  planned.plan = protocol::PlanReply::from(parse_json(planned.body, k_reply));
  return planned;
}

void show_plan(const Session& session, const protocol::PlanReply& plan) {
  const Value facts = parse_json(session.daemon.get(session.with_root("/v1/facts")), k_reply);
  const Value* os = facts.find("os");
  say(plan_text(plan, os == nullptr ? "" : os->get("name", ""), session.screen));
}

/// Reads a line from the terminal.
bool says_yes() {
  std::string answer;
  for (char c = 0;;) {
    const ssize_t count = ::read(STDIN_FILENO, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 || c == '\n') break;
    answer += c;
  }
  return answer == "y" || answer == "Y" || answer == "yes";
}

std::string agreed_command(const Session& session) {
  return session.command({"apply", "-y", session.options.operand(0)});
}

/// Is there consent to what was shown? Throws Error(invalid) where nobody can be asked.
bool agreed(const Session& session, const protocol::PlanReply& plan) {
  if (session.options.yes) return true;
  if (session.options.json || ::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0)
    throw Error(Code::invalid,
                session.options.json ? "cannot ask with --json" : "cannot ask without a terminal",
                "to agree to this plan: " + agreed_command(session));
  say(changes_needed(plan) ? "\nApply this? [y/N] " : "\nRun these checks? [y/N] ");
  return says_yes();
}

}  // namespace

int plan(Session& session) {
  const Planned planned = make_plan(session);
  if (session.options.json) {
    say_json(planned.body);
  } else {
    show_plan(session, planned.plan);
    if (!planned.plan.empty) say("\nNext: " + session.command({"apply", session.options.operand(0)}) + "\n");
  }
  return changes_needed(planned.plan) ? protocol::k_exit_changes_needed : protocol::k_exit_as_wanted;
}

int apply(Session& session) {
  const auto [plan, body] = make_plan(session);
  if (session.options.json)
    say_json(to_json(Value::map({{"plan", parse_json(body, k_reply)}})));
  else
    show_plan(session, plan);
  if (plan.empty) return protocol::k_exit_as_wanted;
  if (!agreed(session, plan)) {
    say("Nothing was changed.\n");
    return protocol::k_exit_usage;
  }
  if (!session.options.json)
    say("\n");  // before it starts: from then on a closed output must be said to detach
  const std::string started =
      session.post("/v1/runs", protocol::RunRequest{plan.id, plan.digest, false}.to_value(), "starting");
  const std::int64_t run = protocol::RunReply::from(parse_json(started, k_reply)).run;
  if (!session.options.detach) return follow(session, run, session.options.operand(0));
  if (session.options.json)
    say_json(started);
  else
    say(format("Run {} was started. To follow it: {}\n", run,
               session.command({"watch", std::to_string(run)}, false)));
  return protocol::k_exit_as_wanted;
}

int validate(Session& session) {
  protocol::RecipeRequest request;
  request.recipe = read_recipe(session.options.operand(0));
  std::string body;
  protocol::ValidateReply reply = ask_validate(session, request, body);
  if (reply.complaints.empty() && !reply.attachments.empty()) {
    read_attachments(request.recipe, reply.attachments);
    reply = ask_validate(session, request, body);
  }
  const bool valid = reply.complaints.empty();
  if (session.options.json)
    say_json(body);
  else if (valid)
    say(format("{}: valid\n", printable(session.options.operand(0))));
  else
    warn(complaints_text(reply.complaints, request.recipe.text, session.screen));
  return valid ? protocol::k_exit_as_wanted : protocol::k_exit_usage;
}

int check(Session& session) {
  protocol::RecipeRequest request;
  request.root = session.options.root;  // no recipe in it: that of the latest run on this root
  if (!session.options.recipe.empty()) request = request_for(session, session.options.recipe);
  request.step = session.options.operand(0);
  request.token = random_token();
  const std::string body =
      session.post("/v1/checks", request.to_value(), "running the checks", request.token);
  const Value reply = parse_json(body, k_reply);
  std::vector<protocol::CheckLine> checks;
  for (const Value& line : reply.at("checks").as_list()) checks.push_back(protocol::CheckLine::from(line));
  const int exit = any_failed(checks) ? protocol::k_exit_failed : protocol::k_exit_as_wanted;
  if (session.options.json) {
    say_json(body);
    return exit;
  }
  if (checks.empty()) say("The recipe has no checks.\n");
  say(checks_text(checks, std::chrono::system_clock::now(), session.screen, true));
  return exit;
}

}  // namespace rigsetup::cli
