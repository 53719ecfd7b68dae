// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/facts_view.hpp"
#include "cli/help.hpp"
#include "cli/session.hpp"
#include "cli/status_view.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"

namespace rigsetup::cli {
namespace {

constexpr std::string_view k_reply = "the reply of rigsetupd";

Value parsed(const std::string& body) { return parse_json(body, k_reply); }

std::string kind_text(const Value& kind, const Screen& screen) {
  std::string text = format("{}: {}\n", screen.paint(Style::bold, printable(kind.get("name", ""))),
                            printable(kind.get("summary", "")));
  std::vector<Row> rows;
  for (const Value& field : kind.at("fields").as_list()) {
    std::string about = printable(field.get("summary", ""));
    if (const auto choices = field.get_strings("choices"); !choices.empty())
      about += format("; one of {}", printable(join(choices, ", ")));
    if (field.get("required", false)) about += "; required";
    if (const std::string fallback = field.get("default", ""); !fallback.empty())
      about += format("; {} when left out", printable(fallback));
    if (field.get("secret", false)) about += "; secret: {file: PATH} only";
    rows.push_back({printable(field.get("name", "")), printable(field.get("type", "")), about});
  }
  if (!rows.empty()) text += "\n" + table(rows, screen, 2);
  text += "\nExample\n";
  for (const std::string& line : split_lines(kind.get("example", ""))) text += "  " + printable(line) + "\n";
  return text;
}

std::string next_of(const Session& session, const protocol::StatusReply& status) {
  if (status.running != 0) return session.command({"watch", std::to_string(status.running)}, false);
  if (!changes_needed(status)) return "";
  if (status.outcome == "waiting" && !status.run_hint.empty()) return "";  // it has said what to type
  return session.command({"apply"});
}

std::string how_to_begin(const Session& session) {
  std::vector<Row> rows{{session.command({"init"}), "write a recipe that is fitted to this machine"},
                        {session.command({"recipes"}, false), "what else is shipped"},
                        {session.command({"apply", "RECIPE"}), "make it so: a file or a shipped one"}};
  return "\nTo begin:\n" + table(rows, session.screen, 2);
}

}  // namespace

int show_status(Session& session) {
  const std::string body = session.get(session.with_root("/v1/status"), "looking");
  const auto status = protocol::StatusReply::from(parsed(body));
  if (session.options.json) {
    say_json(body);
    return exit_code(status);
  }
  std::string text = status_text(status, std::chrono::system_clock::now(), session.screen);
  if (status.recipe_file.empty() && status.running == 0)
    text += how_to_begin(session);
  else if (const std::string next = next_of(session, status); !next.empty())
    text += "\nNext: " + next + "\n";
  say(text);
  return exit_code(status);
}

int show_facts(Session& session) {
  const std::string body = session.get(session.with_root("/v1/facts"), "looking");
  if (session.options.json) {
    say_json(body);
    return protocol::k_exit_as_wanted;
  }
  say(facts_text(parsed(body), session.screen));
  return protocol::k_exit_as_wanted;
}

int show_kinds(Session& session) {
  const std::string& name = session.options.operand(0);
  const std::string body = session.daemon.get(name.empty() ? "/v1/kinds" : "/v1/kinds/" + url_encoded(name));
  if (session.options.json) {
    say_json(body);
  } else if (!name.empty()) {
    say(kind_text(parsed(body), session.screen));
  } else {
    std::vector<Row> rows;
    const Value reply = parsed(body);
    for (const Value& kind : reply.at("kinds").as_list())
      rows.push_back({printable(kind.get("name", "")),
                      kind.get("sort", "") == "primitive" ? "" : kind.get("sort", ""),
                      printable(kind.get("summary", ""))});
    say(table(rows, session.screen) +
        "\nFields and an example: " + session.command({"kinds", "KIND"}, false) + "\n");
  }
  return protocol::k_exit_as_wanted;
}

int show_recipes(Session& session) {
  const std::string& name = session.options.operand(0);
  if (!name.empty()) {
    const std::string text = session.daemon.get("/v1/recipes/" + url_encoded(name));
    if (session.options.json)
      say_json(to_json(Value::map({{"name", name}, {"text", text}})));
    else
      say(printable(text, true));
    return protocol::k_exit_as_wanted;
  }
  const std::string body = session.daemon.get("/v1/recipes");
  if (session.options.json) {
    say_json(body);
    return protocol::k_exit_as_wanted;
  }
  std::vector<Row> rows;
  const Value reply = parsed(body);
  for (const Value& value : reply.at("recipes").as_list()) {
    const auto line = protocol::RecipeLine::from(value);
    rows.push_back({printable(line.name), printable(line.summary)});
  }
  if (rows.empty()) {
    say("The daemon ships no recipes.\n");
    return protocol::k_exit_as_wanted;
  }
  say(table(rows, session.screen) + "\nWhat one would change: " + session.command({"plan", "NAME"}) + "\n");
  return protocol::k_exit_as_wanted;
}

int show_version(Session& session) {
  if (!session.options.json) say("rigsetup " RIGSETUP_VERSION "\n");
  const std::string body = session.daemon.get("/v1/version");
  if (session.options.json) {
    say_json(body);
    return protocol::k_exit_as_wanted;
  }
  const auto version = protocol::VersionReply::from(parsed(body));
  say(paragraph(
      format("rigsetupd {} (API v{}, process {})", printable(version.version), version.api, version.pid),
      session.screen, 0));
  return protocol::k_exit_as_wanted;
}

int show_help(Session& session) {
  const std::string& name = session.options.operand(0);
  if (name.empty()) {
    say(session.options.all ? full_help(all_verbs(), session.screen)
                            : short_help(all_verbs(), session.screen));
    return protocol::k_exit_as_wanted;
  }
  say(verb_help(find_verb(name, all_verbs()), session.screen));
  return protocol::k_exit_as_wanted;
}

}  // namespace rigsetup::cli
