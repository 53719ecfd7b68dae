// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/moment.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"
#include "cli/why_view.hpp"

namespace rigsetup::cli {

std::string why_text(const protocol::WhyReply& why, Moment now, const Screen& screen) {
  std::string text = why.have.empty() ? format("{}: not there\n", printable(why.name))
                                      : format("{}: {}\n", printable(why.name), printable(why.have));
  if (!why.package.empty()) text += format("  comes with the package {}\n", printable(why.package));
  for (const auto& origin : why.origins) {
    const std::string what = origin.name == why.name ? "it" : printable(origin.noun + " " + origin.name);
    text +=
        paragraph(format("{} {} run {} of {}, {}{}: step {} ({})", what,
                         origin.along ? "came along in" : "was made by", origin.run, printable(origin.recipe),
                         ago(origin.time, now), origin.user.empty() ? "" : " by " + printable(origin.user),
                         printable(origin.step), printable(origin.place)),
                  screen, 2);
  }
  if (why.origins.empty()) text += "  rigsetup did not bring it\n";
  for (const auto& claim : why.claims) {
    text += paragraph(
        format("the active recipe names it: step {} ({})", printable(claim.step), printable(claim.place)),
        screen, 2);
  }
  if (why.claims.empty() && !why.origins.empty() && !why.origins.front().along) {
    text += "  the active recipe does not name it any more; rigsetup apply --prune takes it away\n";
  }
  return text;
}

std::string things_text(const protocol::WhyReply& all, const Screen& screen) {
  std::vector<Row> rows{{"WHAT", "NAME", "RUN", "STEP"}};
  std::size_t along = 0;
  for (const auto& origin : all.origins) {
    if (origin.along)
      ++along;
    else
      rows.push_back({printable(origin.noun), printable(origin.name), std::to_string(origin.run),
                      printable(origin.step)});
  }
  if (rows.size() == 1) return "rigsetup has made nothing here.\n";
  std::string text = table(rows, screen);
  if (along > 0) text += format("and {} packages that came along with these\n", along);
  return text;
}

int why(Session& session) {
  std::string target = "/v1/why?name=" + url_encoded(session.options.operand(0));
  if (!session.options.root.empty()) target += "&root=" + url_encoded(session.options.root);
  const std::string body = session.get(target, "looking");
  const auto reply = protocol::WhyReply::from(parse_json(body, "the reply of rigsetupd"));
  if (session.options.json)
    say_json(body);
  else
    say(reply.name.empty() ? things_text(reply, session.screen)
                           : why_text(reply, std::chrono::system_clock::now(), session.screen));
  return protocol::k_exit_as_wanted;
}

}  // namespace rigsetup::cli
