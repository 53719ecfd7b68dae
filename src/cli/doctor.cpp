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
    const bool by_plan = finding.cure == "plan";
    if (finding.note) continue;
    if (by_plan && !reply.recipe.empty()) return session.command({"doctor", "--fix"});
    if (!finding.command.empty()) return finding.command;
    if (by_plan) return session.command({"init"});
  }
  return "";
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
  return helps ? apply(session) : protocol::k_exit_failed;
}

}  // namespace

int doctor(Session& session) {
  const auto& python = session.options.python;
  if (!python.empty() && access(python.c_str(), F_OK) != 0)
    throw Error(Code::not_found,
                format("cannot ask the Python {}: there is no such file", printable(python)));
  protocol::DoctorRequest request;
  request.caller = caller_side(session.options, environment);
  const std::string body =
      session.post(session.with_root("/v1/doctor"), request.to_value(), "looking for what is wrong");
  const auto reply = protocol::DoctorReply::from(parse_json(body, "the reply of rigsetupd"));
  const bool wrong = any_wrong(reply);
  if (session.options.json) {
    say_json(body);
  } else {
    std::string text = doctor_text(reply, session.screen);
    if (request.caller && environment_is_sudos(environment)) {
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
