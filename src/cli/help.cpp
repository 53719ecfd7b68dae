// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/help.hpp"

#include <algorithm>
#include <array>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/protocol/messages.hpp>

#include "cli/table.hpp"

namespace rigsetup::cli {
namespace {

constexpr std::string_view k_title = "rigsetup: how a deep-learning rig should be, and making it so";

/// What one begins with. Short help tells of these, as far as there are such verbs.
constexpr std::array<std::string_view, 8> k_first{"init",  "plan",   "apply",  "status",
                                                  "check", "doctor", "update", "upgrade"};

struct VerbExample {
  std::string_view verb;
  Example example;
};
constexpr VerbExample k_examples[] = {
    {"init", {"sudo rigsetup init", "a recipe for this machine, with comments, to begin with"}},
    {"init", {"rigsetup init demo -o rig.yaml", "a shipped recipe, fitted, in a file of your own"}},
    {"plan", {"rigsetup plan", "what the active recipe would change now"}},
    {"plan", {"rigsetup plan demo", "what the shipped recipe demo would change here"}},
    {"plan",
     {"rigsetup plan ./rig.yaml --root /srv/image", "what a recipe of your own would change in a tree"}},
    {"apply", {"sudo rigsetup apply demo", "show the plan, ask, and follow the run"}},
    {"apply",
     {"rigsetup apply ./rig.yaml --root /srv/image -y --json", "for a script: ask nothing, a record a line"}},
    {"plan",
     {"sudo rigsetup plan rig.yaml -o rig.plan", "save the plan; `apply rig.plan` does that or nothing"}},
    {"apply", {"sudo rigsetup apply --prune", "and take away what the recipe does not name any more"}},
    {"status", {"rigsetup status", "the truth, at a glance; exit 3 when something differs"}},
    {"check", {"sudo rigsetup check", "prove again that everything works"}},
    {"doctor", {"rigsetup doctor", "without sudo: it looks at your environment, too"}},
    {"doctor", {"rigsetup doctor --python ~/venv/bin/python", "why this Python does not use the GPU"}},
    {"doctor", {"sudo rigsetup doctor --fix", "and show and apply the plan that mends what a plan can"}},
    {"runs", {"rigsetup runs --limit 5", "the last five runs"}},
    {"show", {"rigsetup show", "what the latest run did, with evidence"}},
    {"show", {"rigsetup show 12 --json", "all that is known of run 12"}},
    {"log", {"sudo rigsetup log 12 --step cuda", "what the programs of one step printed"}},
    {"watch", {"rigsetup watch", "follow the run that goes on, from its beginning"}},
    {"cancel", {"sudo rigsetup cancel", "stop it at its next safe point"}},
    {"resume", {"sudo rigsetup resume", "go on where it ended"}},
    {"resume", {"sudo rigsetup resume 12 --allow-remove", "go on with a run that waits for this word"}},
    {"why", {"rigsetup why libcuda1", "which run and which line of a recipe brought it"}},
    {"wait", {"rigsetup wait --for idle && systemctl poweroff", "when no run goes on any more"}},
    {"wait", {"rigsetup wait --for ready --timeout 10min", "before a service that needs the rig"}},
    {"kinds", {"rigsetup kinds file", "the fields of a kind, and an example"}},
    {"recipes", {"rigsetup recipes demo > rig.yaml", "begin a recipe of your own with a shipped one"}},
    {"validate", {"rigsetup validate rig.yaml", "all that is wrong, as file:line:column: message"}},
    {"help", {"rigsetup help --all", "every verb"}},
};

constexpr std::array<std::pair<int, std::string_view>, 9> k_exit_codes{
    {{protocol::k_exit_as_wanted, "as wanted"},
     {protocol::k_exit_failed, "failed"},
     {protocol::k_exit_usage, "usage, invalid or impossible recipe, or consent missing"},
     {protocol::k_exit_changes_needed, "changes are needed"},
     {protocol::k_exit_reboot_needed, "a reboot is needed to finish"},
     {protocol::k_exit_denied, "not permitted"},
     {protocol::k_exit_no_daemon, "no daemon"},
     {protocol::k_exit_cancelled, "cancelled"},
     {protocol::k_exit_busy, "busy, or waiting"}}};

bool is_first(const Verb& verb) {
  return std::find(k_first.begin(), k_first.end(), verb.name) != k_first.end();
}

Row row_of(const Verb& verb) { return {"rigsetup " + words_of(verb), std::string(verb.summary)}; }
Row row_of(const Option& option) { return {words_of(option), std::string(option.summary)}; }

}  // namespace

std::string words_of(const Option& option) {
  std::string words = option.letter.empty() ? "" : format("{}, ", option.letter);
  words += option.name;
  return option.value.empty() ? words : format("{} {}", words, option.value);
}

std::string words_of(const Verb& verb) {
  return verb.operands.empty() ? std::string(verb.name) : format("{} {}", verb.name, verb.operands);
}

std::vector<Example> examples_of(std::string_view verb) {
  std::vector<Example> found;
  for (const VerbExample& one : k_examples)
    if (one.verb == verb) found.push_back(one.example);
  return found;
}

std::span<const std::pair<int, std::string_view>> exit_codes() { return k_exit_codes; }

std::string short_help(std::span<const Verb> verbs, const Screen& screen) {
  std::vector<Row> first;
  std::vector<std::string> others;
  for (const Verb& verb : verbs) {
    if (is_first(verb))
      first.push_back(row_of(verb));
    else if (!verb.summary.empty())
      others.emplace_back(verb.name);
  }
  Screen narrow = screen;
  if (narrow.width == 0 || narrow.width > 79) narrow.width = 79;
  return paragraph(k_title, screen, 0) + "\n" + table(first, screen, 2) + "\n" +
         table({{"more:", join(others, ", ")}}, narrow) + "\n" +
         table({{"rigsetup help VERB", "operands, options and examples of one"},
                {"rigsetup help --all", "every verb"}},
               screen, 2);
}

std::string full_help(std::span<const Verb> verbs, const Screen& screen) {
  std::vector<Row> all;
  for (const Verb& verb : verbs)
    if (!verb.summary.empty()) all.push_back(row_of(verb));
  std::vector<Row> options;
  for (const Option& option : all_options())
    if (option.every_verb) options.push_back(row_of(option));
  std::vector<Row> exits;
  for (const auto& [code, says] : k_exit_codes) exits.push_back({std::to_string(code), std::string(says)});
  return paragraph(k_title, screen, 0) + "\n" + table(all, screen, 2) + "\n" +
         paragraph(
             "RECIPE is a file or the name of a shipped recipe; RUN is a run's number, and without it the "
             "latest. "
             "Without anything, rigsetup shows the status. Options may stand before or after the verb:",
             screen, 0) +
         "\n" + table(options, screen, 2) + "\nExit codes:\n" + table(exits, screen, 2);
}

std::string verb_help(const Verb& verb, const Screen& screen) {
  std::vector<Row> options;
  for (const Option& option : all_options())
    if (takes(verb, option)) options.push_back(row_of(option));
  std::string text = paragraph("rigsetup " + words_of(verb), screen, 0) + paragraph(verb.summary, screen, 2) +
                     "\n" + table(options, screen, 2);
  const auto examples = examples_of(verb.name);
  if (!examples.empty()) text += "\nExamples\n";
  for (const Example& example : examples)
    text += format("  {}\n", example.command) + paragraph(example.says, screen, 6);
  return text;
}

}  // namespace rigsetup::cli
