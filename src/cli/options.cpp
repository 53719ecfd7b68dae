// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/options.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/protocol/messages.hpp>

namespace rigsetup::cli {
namespace {

struct Option {
  std::string_view name;
  std::string_view letter;  ///< "-y"; empty: none
  std::string_view value;   ///< what it takes, for help; empty: nothing
  std::string_view summary;
  bool every_verb;
  void (*take)(Options& options, const std::string& value);
};

std::string absolute_root(const std::string& value) {
  if (value.empty()) throw Error(Code::invalid, "cannot use an empty --root", "name a folder: --root DIR");
  std::error_code failed;
  std::filesystem::path path = std::filesystem::absolute(value, failed);
  if (!failed) path = std::filesystem::weakly_canonical(path, failed);
  if (failed)
    throw Error(Code::invalid, format("cannot use --root {}: {}", printable(value), failed.message()));
  if (path == "/") return "";
  return path.has_filename() ? path.string() : path.parent_path().string();
}

std::int64_t positive(const std::string& value) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (fault != std::errc{} || end != value.data() + value.size() || number < 1)
    throw Error(Code::invalid, format("cannot use --limit {}: not a positive number", printable(value)));
  return number;
}

void take_socket(Options& options, const std::string& value) {
  options.socket = value;
  options.socket_given = true;
}

const std::vector<Option>& all_options() {
  static const std::vector<Option> table{
      {"--root", "", "DIR", "a directory tree (an image, a chroot) instead of this machine", false,
       [](Options& o, const std::string& value) { o.root = absolute_root(value); }},
      {"--yes", "-y", "", "do not ask", false, [](Options& o, const std::string&) { o.yes = true; }},
      {"--once", "", "", "leave the active recipe as it is", false,
       [](Options& o, const std::string&) { o.once = true; }},
      {"--prune", "", "", "take away what rigsetup made and the recipe does not name any more", false,
       [](Options& o, const std::string&) { o.prune = true; }},
      {"--only", "", "STEP", "only this step and what it needs", false,
       [](Options& o, const std::string& value) { o.step = value; }},
      {"--out", "-o", "FILE", "write it to this file", false,
       [](Options& o, const std::string& value) { o.out = value; }},
      {"--allow-remove", "", "", "agree to removing packages that no step wants absent", false,
       [](Options& o, const std::string&) { o.allow.emplace_back("remove"); }},
      {"--allow-downgrade", "", "", "agree to older versions of packages", false,
       [](Options& o, const std::string&) { o.allow.emplace_back("downgrade"); }},
      {"--allow-replace", "", "", "agree to packages of another origin", false,
       [](Options& o, const std::string&) { o.allow.emplace_back("replace"); }},
      {"--replace", "", "", "also when there is one already; a copy of it is kept", false,
       [](Options& o, const std::string&) { o.replace = true; }},
      {"--detach", "", "", "start it, print its number and return", false,
       [](Options& o, const std::string&) { o.detach = true; }},
      {"--recipe", "", "RECIPE", "a recipe's file or a shipped recipe's name", false,
       [](Options& o, const std::string& value) { o.recipe = value; }},
      {"--step", "", "STEP", "of this step only", false,
       [](Options& o, const std::string& value) { o.step = value; }},
      {"--limit", "", "N", "show at most so many", false,
       [](Options& o, const std::string& value) { o.limit = positive(value); }},
      {"--json", "", "", "print what the daemon says, as JSON; never ask", true,
       [](Options& o, const std::string&) { o.json = true; }},
      {"--socket", "", "PATH", "the daemon's socket (also: RIGSETUP_SOCKET)", true, take_socket},
      {"--no-color", "", "", "no colours (also: NO_COLOR)", true,
       [](Options& o, const std::string&) { o.no_color = true; }},
      {"--help", "-h", "", "help, also of a verb", true,
       [](Options& o, const std::string&) { o.help = true; }},
      {"--version", "", "", "the version of this program", true,
       [](Options& o, const std::string&) { o.version = true; }},
  };
  return table;
}

Error usage(std::string message, std::string hint) {
  return Error(Code::invalid, std::move(message), std::move(hint));
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         std::string_view otherwise) {
  if (const auto near = suggestion(word, candidates)) return format("did you mean {}?", *near);
  return std::string(otherwise);
}

const Option& find_option(std::string_view word) {
  std::vector<std::string> names;
  for (const Option& option : all_options()) {
    if (word == option.name || (!option.letter.empty() && word == option.letter)) return option;
    names.emplace_back(option.name);
  }
  throw usage(format("cannot understand the option {}", printable(word)),
              did_you_mean(word, names, "rigsetup help shows all"));
}

void check_use(const Options& options, const std::vector<const Option*>& used) {
  if (options.verb == nullptr || options.help) return;
  const Verb& verb = *options.verb;
  for (const Option* option : used) {
    const bool taken = option->every_verb || std::find(verb.options.begin(), verb.options.end(),
                                                       option->name) != verb.options.end();
    if (!taken)
      throw usage(format("cannot use {} with {}", option->name, verb.name),
                  format("rigsetup help {}", verb.name));
  }
  const std::size_t count = options.operands.size();
  if (count < verb.least)
    throw usage(format("cannot {} without {}", verb.name, verb.operands),
                format("rigsetup help {}", verb.name));
  if (count > verb.most)
    throw usage(
        format("cannot understand \"{}\" after {}", printable(options.operands[verb.most]), verb.name),
        format("rigsetup help {}", verb.name));
}

std::string option_line(const Option& option) {
  std::string words =
      option.letter.empty() ? std::string(option.name) : format("{}, {}", option.letter, option.name);
  if (!option.value.empty()) words += format(" {}", option.value);
  return format("  {:<22} {}\n", words, option.summary);
}

}  // namespace

const Verb& find_verb(std::string_view word, std::span<const Verb> verbs) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs) {
    if (word == verb.name) return verb;
    names.emplace_back(verb.name);
  }
  throw usage(format("cannot understand \"{}\"", printable(word)),
              did_you_mean(word, names, "rigsetup help shows all"));
}

const std::string& Options::operand(std::size_t index) const {
  static const std::string none;
  return index < operands.size() ? operands[index] : none;
}

Options parse_options(const std::vector<std::string>& arguments, const Environment& variables,
                      std::span<const Verb> verbs) {
  Options options;
  std::vector<const Option*> used;
  bool only_operands = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (only_operands || word.size() < 2 || word.front() != '-') {
      if (options.verb == nullptr)
        options.verb = &find_verb(word, verbs);
      else
        options.operands.push_back(word);
      continue;
    }
    if (word == "--") {
      only_operands = true;
      continue;
    }
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const Option& option = find_option(std::string_view(word).substr(0, equals));
    if (option.value.empty() && equals != std::string::npos)
      throw usage(format("cannot give a value to {}", option.name), "");
    std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
    if (!option.value.empty() && equals == std::string::npos) {
      if (++i == arguments.size())
        throw usage(format("cannot use {} without its {}", option.name, option.value), "");
      value = arguments[i];
    }
    option.take(options, value);
    used.push_back(&option);
  }
  if (options.socket.empty()) options.socket = variables("RIGSETUP_SOCKET");
  if (options.socket.empty()) options.socket = protocol::k_socket;
  check_use(options, used);
  return options;
}

std::string help_text(std::span<const Verb> verbs) {
  std::string text = "rigsetup: how a deep-learning rig should be, and making it so\n\n";
  for (const Verb& verb : verbs) {
    const std::string words = format("{} {}", verb.name, verb.operands);
    text += format("  rigsetup {:<17} {}\n", words, verb.summary);
  }
  text +=
      "\nRECIPE is a file or the name of a shipped recipe; RUN is a run's number, and without it the "
      "latest.\n"
      "Without anything, rigsetup shows the status. Options may stand before or after the verb:\n\n";
  for (const Option& option : all_options())
    if (option.every_verb) text += option_line(option);
  text +=
      "\nExit codes: 0 as wanted, 1 failed, 2 usage or invalid recipe, 3 changes are needed, 4 a reboot is "
      "needed,\n"
      "5 not permitted, 6 no daemon, 7 cancelled, 8 busy or going on.\n";
  return text;
}

std::string help_text(const Verb& verb) {
  std::string text = format("rigsetup {}", verb.name);
  if (!verb.operands.empty()) text += format(" {}", verb.operands);
  text += format("\n  {}\n\n", verb.summary);
  for (const Option& option : all_options()) {
    const bool own = std::find(verb.options.begin(), verb.options.end(), option.name) != verb.options.end();
    if (own || option.every_verb) text += option_line(option);
  }
  return text;
}

}  // namespace rigsetup::cli
