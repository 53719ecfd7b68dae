// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <vector>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/protocol/messages.hpp>

#include "cli/help.hpp"
#include "cli/verbs.hpp"
#include "tests/contract/manual_page.hpp"

namespace rigsetup::test {
namespace {

using cli::Option;
using cli::Verb;

std::vector<Verb> shown_verbs() {
  std::vector<Verb> verbs;
  for (const Verb& verb : cli::all_verbs())
    if (!verb.summary.empty()) verbs.push_back(verb);
  return verbs;
}

void add_verbs(ManualPage& page) {
  page.heading("VERBS");
  for (const Verb& verb : shown_verbs()) {
    page.item(cli::words_of(verb), sentence(verb.summary));
    const std::vector<std::string> own(verb.options.begin(), verb.options.end());
    if (!own.empty()) page.more("Takes " + join(own, ", ") + ".");
  }
}

void add_options(ManualPage& page) {
  page.heading("OPTIONS");
  page.paragraph("Options may stand before or after the verb; after -- everything is an operand.");
  for (const Option& option : cli::all_options()) {
    std::vector<std::string> takers;
    for (const Verb& verb : shown_verbs())
      if (!option.every_verb && cli::takes(verb, option)) takers.emplace_back(verb.name);
    page.item(cli::words_of(option), sentence(option.summary));
    if (!takers.empty()) page.more("Of " + join(takers, ", ") + ".");
  }
}

void add_examples(ManualPage& page) {
  page.heading("EXAMPLES");
  for (const Verb& verb : shown_verbs())
    for (const auto& example : cli::examples_of(verb.name))
      page.item(example.command, sentence(example.says));
}

void add_waiting(ManualPage& page) {
  page.heading("WAITING FOR THE RIG AT BOOT");
  page.paragraph(
      "A unit that needs the rig as its recipe wants it can wait for that: for a run that goes on after a "
      "reboot or a "
      "crash, for a first recipe that something else applies at the first boot, and for a daemon that is not "
      "up yet.");
  page.code(
      "[Service]\n"
      "ExecStartPre=rigsetup wait --for ready --timeout 30min\n"
      "TimeoutStartSec=infinity\n");
  page.paragraph(
      "wait ends with 0 when the root is ready. It does not wait for what nobody is doing: with 1 when the "
      "last run "
      "failed, 3 when something differs from the recipe, 4 when a reboot is needed, 7 when the last run was "
      "cancelled, "
      "and 8 when a run waits to be resumed or the time is over. Without --timeout it waits for good; a unit "
      "should give "
      "one, or leave it to TimeoutStartSec.");
}

}  // namespace

std::string client_page() {
  ManualPage page("rigsetup", 1, "provision a deep-learning rig from a recipe, and prove it");
  page.heading("SYNOPSIS").paragraph("rigsetup [OPTION]... [VERB [OPERAND]...]");
  page.heading("DESCRIPTION")
      .paragraph(
          "rigsetup asks the daemon rigsetupd(8) how the machine, or a directory tree, differs from a "
          "recipe, shows the "
          "difference as an exact plan, has it removed and follows the run. Without a verb it shows the "
          "status.")
      .paragraph(
          "A RECIPE is a file, see rigsetup-recipe(5), or the name of a shipped recipe. A RUN is its number, "
          "and without "
          "it the latest. Without a terminal nothing is ever asked. Ctrl-C asks the daemon to stop at the "
          "next safe point; "
          "a second Ctrl-C, or a closed terminal, only detaches, and rigsetup watch attaches again.");
  add_verbs(page);
  add_options(page);
  add_examples(page);
  add_waiting(page);
  page.heading("EXIT STATUS");
  for (const auto& [code, says] : cli::exit_codes()) page.item(std::to_string(code), sentence(says));
  page.heading("ENVIRONMENT")
      .item("RIGSETUP_SOCKET", "The daemon's socket, when --socket does not name one.")
      .item("RIGSETUP_PLAIN", "When set and not empty: as --plain.")
      .item("NO_COLOR", "When set and not empty: no colours.")
      .item("TERM", "When dumb or not set: plain lines, no line is drawn again.")
      .item("LC_ALL, LC_CTYPE, LANG", "The first that is set says whether the terminal understands UTF-8.");
  page.heading("FILES").item(protocol::k_socket, "The daemon's socket.");
  page.heading("SEE ALSO").paragraph("rigsetup-recipe(5), rigsetupd(8)");
  return page.text();
}

}  // namespace rigsetup::test
