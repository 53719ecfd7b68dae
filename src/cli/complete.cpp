// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors

// What the shells' completion asks: `rigsetup complete -- WORDS...`, the words after "rigsetup" up to the one
// that is being typed, which may be empty. Prints a candidate a line, with a tab and what it is; ":files" and
// ":folders" ask the shell to add those. What each place takes is read from the words of the tables: RUN,
// STEP, "ready|idle".

#include <algorithm>
#include <string>
#include <vector>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/moment.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

namespace rigsetup::cli {
namespace {

/// A command line that is being typed, as far as it can be understood.
struct Typed {
  const Verb* verb = nullptr;
  std::vector<std::string> operands;
  std::string root;
  const Option* open = nullptr;  ///< whose value the current word is
  std::string before;            ///< of the current word: "--root=" before a value
  std::string current;
};

const Verb* verb_named(std::string_view word) {
  const auto verbs = all_verbs();
  const auto found =
      std::find_if(verbs.begin(), verbs.end(), [&](const Verb& verb) { return verb.name == word; });
  return found == verbs.end() ? nullptr : &*found;
}

Typed read_words(const std::vector<std::string>& words) {
  Typed typed;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    const std::size_t equals = word.find('=');
    if (word.starts_with("-")) {
      const Option* option = option_named(word.substr(0, equals));
      if (option == nullptr || option->value.empty()) continue;
      if (equals == std::string::npos && i + 2 == words.size()) typed.open = option;
      const std::string value = equals != std::string::npos ? word.substr(equals + 1) : words[++i];
      if (option->name == "--root") typed.root = value;
    } else if (typed.verb == nullptr) {
      typed.verb = verb_named(word);
      if (typed.verb == nullptr) return typed;  // nothing is known of what follows
    } else {
      typed.operands.push_back(word);
    }
  }
  typed.current = words.empty() ? "" : words.back();
  const std::size_t equals = typed.current.find('=');
  if (typed.open == nullptr && typed.current.starts_with("--") && equals != std::string::npos) {
    typed.open = option_named(typed.current.substr(0, equals));
    typed.before = typed.current.substr(0, equals + 1);
    typed.current.erase(0, equals + 1);
  }
  return typed;
}

class Candidates {
 public:
  Candidates(const Session& session, const Typed& typed) : session_(session), typed_(typed) {}

  void add_verbs() {
    for (const Verb& verb : all_verbs())
      if (!verb.summary.empty()) add(verb.name, verb.summary);
  }

  void add_options() {
    for (const Option& option : all_options())
      if (typed_.verb == nullptr ? option.every_verb : takes(*typed_.verb, option))
        add(option.name, option.summary);
  }

  /// "[RECIPE|PLAN]", "DIR", "ready|idle"
  void add_placeholder(std::string_view placeholder) {
    bool files = false;
    std::string names(placeholder);
    std::erase_if(names, [](char c) { return c == '[' || c == ']'; });
    for (const std::string& name : split(names, '|')) {
      if (name == "RECIPE" || name == "NAME") add_named("/v1/recipes", "recipes");
      if (name == "PACKAGE") add_each(ask(with_root("/v1/why")), "origins", "name", "noun");
      if (name == "KIND") add_named("/v1/kinds", "kinds");
      if (name == "STEP") add_steps();
      if (name == "RUN") add_runs();
      if (name == "VERB") add_verbs();
      files = files || name == "RECIPE" || name == "FILE" || name == "PLAN" || name == "PATH";
      if (name == "DIR") lines_ += ":folders\n";
      if (!name.empty() && name.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos)
        add(name, "");
    }
    if (files) lines_ += ":files\n";
  }

  const std::string& lines() const { return lines_; }

 private:
  void add(std::string_view word, std::string_view about) {
    if (!word.starts_with(typed_.current)) return;
    lines_ += typed_.before + printable(word);
    if (!about.empty()) lines_ += "\t" + printable(about);
    lines_ += "\n";
  }

  /// A reply of the daemon; null when there is none, or not soon: whoever types is not to be kept waiting.
  Value ask(const std::string& target) const {
    try {
      return parse_json(session_.daemon.get(target, [](std::chrono::seconds) { throw Refused{}; }),
                        "the reply");
    } catch (const Refused&) {
      return {};
    } catch (const Error&) {  // not our daemon
      return {};
    }
  }

  std::string with_root(const std::string& path) const {
    return typed_.root.empty() ? path : path + "?root=" + url_encoded(typed_.root);
  }

  void add_each(const Value& reply, std::string_view list, std::string_view name, std::string_view about) {
    const Value* found = reply.is_map() ? reply.find(list) : nullptr;
    if (found == nullptr || !found->is_list()) return;
    for (const Value& one : found->as_list()) add(one.get(name, ""), one.get(about, ""));
  }

  void add_named(const std::string& target, std::string_view list) {
    add_each(ask(target), list, "name", "summary");
  }

  /// Of a run, for its log; else of the active recipe.
  void add_steps() {
    if (typed_.verb != nullptr && typed_.verb->operands == "[RUN]") {
      const std::string run = typed_.operands.empty() ? "latest" : typed_.operands.front();
      add_each(ask("/v1/runs/" + url_encoded(run)), "steps", "id", "title");
      return;
    }
    const Value status = ask(with_root("/v1/status"));
    if (typed_.verb == nullptr || typed_.verb->name != "check") add_each(status, "steps", "id", "title");
    add_each(status, "checks", "step", "kind");
  }

  void add_runs() {
    const Value reply = ask("/v1/runs?limit=20");
    const Value* runs = reply.is_map() ? reply.find("runs") : nullptr;
    if (runs == nullptr) return;
    for (const Value& one : runs->as_list()) {
      const auto line = protocol::RunLine::from(one);
      add(std::to_string(line.run),
          format("{}, {}, {}", line.recipe, line.outcome, local_time(line.started)));
    }
  }

  const Session& session_;
  const Typed& typed_;
  std::string lines_;
};

/// The placeholder of the next operand; empty when there is none.
std::string operand_at(const Verb& verb, std::size_t index) {
  const auto words = split_words(verb.operands);
  return index < words.size() ? words[index] : "";
}

}  // namespace

int complete(Session& session) {
  const Typed typed = read_words(session.options.operands);
  Candidates candidates(session, typed);
  if (typed.open != nullptr)
    candidates.add_placeholder(typed.open->value);
  else if (typed.current.starts_with("-"))
    candidates.add_options();
  else if (typed.verb == nullptr)
    candidates.add_verbs();
  else
    candidates.add_placeholder(operand_at(*typed.verb, typed.operands.size()));
  say(candidates.lines());
  return protocol::k_exit_as_wanted;
}

}  // namespace rigsetup::cli
