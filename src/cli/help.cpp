// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/help.hpp"

#include <algorithm>
#include <array>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/protocol/messages.hpp>

namespace rigsetup::cli {
namespace {

constexpr std::string_view k_title = "rigsetup: how a deep-learning rig should be, and making it so\n\n";

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
    {"runs", {"rigsetup runs --limit 5", "the last five runs"}},
    {"show", {"rigsetup show", "what the latest run did, with evidence"}},
    {"show", {"rigsetup show 12 --json", "all that is known of run 12"}},
    {"log", {"sudo rigsetup log 12 --step cuda", "what the programs of one step printed"}},
    {"watch", {"rigsetup watch", "follow the run that goes on, from its beginning"}},
    {"cancel", {"sudo rigsetup cancel", "stop it at its next safe point"}},
    {"resume", {"sudo rigsetup resume", "go on where it ended"}},
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

std::string verb_line(const Verb& verb) {
  return format("  rigsetup {:<17} {}\n", words_of(verb), verb.summary);
}

std::string option_line(const Option& option) {
  return format("  {:<22} {}\n", words_of(option), option.summary);
}

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

std::string short_help(std::span<const Verb> verbs) {
  std::string text(k_title);
  std::vector<std::string> others;
  for (const Verb& verb : verbs) {
    if (is_first(verb))
      text += verb_line(verb);
    else if (!verb.summary.empty())
      others.emplace_back(verb.name);
  }
  const std::size_t half = (others.size() + 1) / 2;  // two lines, which 80 columns hold
  text +=
      "\nmore: " + join({others.begin(), others.begin() + static_cast<std::ptrdiff_t>(half)}, ", ") + ",\n";
  text += "      " + join({others.begin() + static_cast<std::ptrdiff_t>(half), others.end()}, ", ") + "\n\n";
  return text +
         "  rigsetup help VERB        operands, options and examples of one\n"
         "  rigsetup help --all       every verb\n";
}

std::string full_help(std::span<const Verb> verbs) {
  std::string text(k_title);
  for (const Verb& verb : verbs)
    if (!verb.summary.empty()) text += verb_line(verb);
  text +=
      "\nRECIPE is a file or the name of a shipped recipe; RUN is a run's number, and without it the "
      "latest.\n"
      "Without anything, rigsetup shows the status. Options may stand before or after the verb:\n\n";
  for (const Option& option : all_options())
    if (option.every_verb) text += option_line(option);
  text += "\nExit codes:\n";
  for (const auto& [code, says] : k_exit_codes) text += format("  {}  {}\n", code, says);
  return text;
}

std::string verb_help(const Verb& verb) {
  std::string text = format("rigsetup {}\n  {}\n\n", words_of(verb), verb.summary);
  for (const Option& option : all_options())
    if (takes(verb, option)) text += option_line(option);
  const auto examples = examples_of(verb.name);
  if (!examples.empty()) text += "\nExamples\n";
  for (const Example& example : examples) text += format("  {}\n      {}\n", example.command, example.says);
  return text;
}

}  // namespace rigsetup::cli
