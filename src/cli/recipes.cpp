// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/output_file.hpp"
#include "cli/plan_view.hpp"
#include "cli/recipe_file.hpp"
#include "cli/recipe_request.hpp"
#include "cli/session.hpp"
#include "cli/status_view.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"

namespace rigsetup::cli {
namespace {

constexpr std::string_view k_reply = "the reply of rigsetupd";

}  // namespace

int init(Session& session) {
  const Options& asked = session.options;
  std::string body;
  if (asked.out.empty()) {
    const protocol::InitRequest request{asked.operand(0), asked.root, asked.replace};
    body = session.post("/v1/init", request.to_value(), "looking at this machine");
  } else {
    std::string target = "/v1/init?recipe=" + url_encoded(asked.operand(0));
    if (!asked.root.empty()) target += "&root=" + url_encoded(asked.root);
    body = session.get(target, "looking at this machine");
  }
  const auto reply = protocol::InitReply::from(parse_json(body, k_reply));
  if (!asked.out.empty()) write_file(asked.out, reply.text, 0644, asked.replace);
  if (session.options.json) {
    say_json(body);
    return protocol::k_exit_as_wanted;
  }
  const std::string file = session.options.out.empty() ? reply.file : session.options.out;
  say(format("Wrote {}.\n\n", printable(file)) +
      table({{"Change it:", printable("sudo editor " + shell_word(file))},
             {"Next:", session.options.out.empty() ? session.command({"plan"})
                                                   : session.command({"plan", session.options.out})}},
            session.screen));
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
  protocol::RecipeRequest request = request_for(session, session.options.recipe);
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
  if (checks.empty()) say(paragraph("The recipe has no checks.", session.screen, 0));
  say(checks_text(checks, std::chrono::system_clock::now(), session.screen, true));
  return exit;
}

}  // namespace rigsetup::cli
