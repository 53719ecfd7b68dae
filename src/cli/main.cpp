// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <csignal>

#include <unistd.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/help.hpp"
#include "cli/plan_view.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "cli/verbs.hpp"

namespace {

using namespace rigsetup;
using namespace rigsetup::cli;

/// A problem where it belongs: as JSON on standard output when that was asked for, else in words on standard
/// error.
int report(const Refused& refused, bool json) {
  const protocol::Problem& problem = refused.problem;
  if (json) {
    say_json(to_json(Value::map({{"error", problem.to_value()}})));
    return refused.exit;
  }
  Screen screen;
  if (::isatty(STDERR_FILENO) == 1) measure(screen);  // a log gets whole lines
  std::string text = complaints_text(problem.complaints, "", screen);
  text += paragraph("rigsetup: " + (problem.place.empty() ? "" : printable(problem.place) + ": ") +
                        printable(problem.message, true),
                    screen, 0);
  const auto add_hint = [&](const std::string& hint) { text += paragraph("hint: " + hint, screen, 2); };
  if (!problem.hint.empty()) add_hint(printable(problem.hint, true));
  if (problem.run != 0 && problem.hint.find("watch") == std::string::npos)
    add_hint(format("rigsetup watch {}", problem.run));
  warn(text);
  return refused.exit;
}

int report(const Error& error, bool json) {
  protocol::Problem problem;
  problem.code = error.code();
  problem.message = error.message();
  problem.hint = error.hint();
  problem.place = error.place().text();
  return report(Refused{problem, protocol::exit_code(error.code())}, json);
}

int run(const std::vector<std::string>& arguments) {
  Options options = parse_options(arguments, environment, all_verbs());
  if (options.version) {
    say("rigsetup " RIGSETUP_VERSION "\n");
    return protocol::k_exit_as_wanted;
  }
  if (options.help) {
    const Screen screen = detect_screen(environment, options.no_color);
    say(options.verb == nullptr ? short_help(all_verbs(), screen) : verb_help(*options.verb, screen));
    return protocol::k_exit_as_wanted;
  }
  if (options.verb == nullptr) options.verb = &find_verb("status", all_verbs());
  Session session(options, detect_screen(environment, options.no_color, options.plain));
  return options.verb->run(session);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // A closed output is noticed when it is written to.
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const bool json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  try {
    try {
      return run(arguments);
    } catch (const Refused& refused) {
      return report(refused, json);
    } catch (const Error& error) {
      return report(error, json);
    }
  } catch (const OutputClosed&) {
    // The reader has seen enough. Any number would be taken for one of the table's, so this ends as others
    // do.
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
    return protocol::k_exit_failed;
  }
}
