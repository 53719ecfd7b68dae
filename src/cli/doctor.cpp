// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <unistd.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/caller_side.hpp"
#include "cli/doctor_view.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"

namespace rigsetup::cli {
namespace {

/// What to type next, for the first finding that says so. A machine that is only described is not mended.
std::string next_of(const Session& session, const protocol::DoctorReply& reply) {
  if (!reply.rig.empty()) return "";
  for (const auto& finding : reply.findings) {
    if (finding.note) continue;
    if (finding.by_recipe) return session.command({"doctor", "--fix"});
    if (!finding.command.empty()) return finding.command;
    if (finding.cure == "plan" && reply.recipe.empty()) return session.command({"init"});
  }
  return "";
}

struct Examined {
  std::string body;
  protocol::DoctorReply reply;
  bool has_caller = false;
};

Examined examine(Session& session) {
  protocol::DoctorRequest request;
  request.caller = caller_side(session.options, environment);
  Examined found;
  found.body = session.post(session.with_root("/v1/doctor"), request.to_value(), "looking for what is wrong");
  found.reply = protocol::DoctorReply::from(parse_json(found.body, "the reply of rigsetupd"));
  found.has_caller = request.caller.has_value();
  return found;
}

/// The run may have gone well and mended less than all.
int look_again(Session& session) {
  if (!any_wrong(examine(session).reply)) return protocol::k_exit_as_wanted;
  if (!session.options.json) {
    say(paragraph("\nSomething is still wrong: " + session.command({"doctor"}) + " says what.",
                  session.screen, 0));
  }
  return protocol::k_exit_failed;
}

/// The active recipe is applied, as `apply` does it: with its plan, and with what must be agreed to.
int fix(Session& session, const protocol::DoctorReply& reply) {
  const bool helps = a_plan_helps(reply);
  if (!session.options.json) {
    if (const auto left = left_text(reply, session.screen); !left.empty()) say("\n" + left);
    if (!helps) {
      say(paragraph(reply.recipe.empty() ? "\nThere is no active recipe to apply: rigsetup init writes one."
                                         : "\nThe active recipe has nothing to do with it.",
                    session.screen, 0));
    } else {
      say("\n");
    }
  }
  if (!helps) return protocol::k_exit_failed;
  const int applied = apply(session);
  return applied == protocol::k_exit_as_wanted && !session.options.detach ? look_again(session) : applied;
}

}  // namespace

int doctor(Session& session) {
  const auto& python = session.options.python;
  if (!python.empty() && access(python.c_str(), F_OK) != 0)
    throw Error(Code::not_found,
                format("cannot ask the Python {}: there is no such file", printable(python)));
  const auto [body, reply, has_caller] = examine(session);
  const bool wrong = any_wrong(reply);
  if (session.options.json) {
    say_json(body);
  } else {
    std::string text = doctor_text(reply, session.screen);
    if (has_caller && environment_is_sudos(environment)) {
      text += paragraph("Under sudo, the environment of your own terminal was not looked at: do without it.",
                        session.screen, 0);
    }
    const std::string next = session.options.fix ? "" : next_of(session, reply);
    if (wrong && !next.empty()) text += "\nNext: " + next + "\n";
    say(text);
  }
  if (!wrong) return protocol::k_exit_as_wanted;
  return session.options.fix ? fix(session, reply) : protocol::k_exit_failed;
}

}  // namespace rigsetup::cli
