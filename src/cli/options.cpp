// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/options.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <vector>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/protocol/messages.hpp>

namespace rigsetup::cli {
namespace {

std::string absolute_folder(std::string_view option, const std::string& value) {
  if (value.empty())
    throw Error(Code::invalid, format("cannot use an empty {}", option),
                format("name a folder: {} DIR", option));
  std::error_code failed;
  std::filesystem::path path = std::filesystem::absolute(value, failed);
  if (!failed) path = std::filesystem::weakly_canonical(path, failed);
  if (failed)
    throw Error(Code::invalid, format("cannot use {} {}: {}", option, printable(value), failed.message()));
  if (path == "/") return "";
  return path.has_filename() ? path.string() : path.parent_path().string();
}

/// Links are kept: it is by its link that a virtual environment's Python knows where it is.
std::string absolute_file(std::string_view option, const std::string& value) {
  std::error_code failed;
  const std::filesystem::path path = std::filesystem::absolute(value, failed);
  if (failed)
    throw Error(Code::invalid, format("cannot use {} {}: {}", option, printable(value), failed.message()));
  return path.lexically_normal().string();
}

std::int64_t positive(const std::string& value) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (fault != std::errc{} || end != value.data() + value.size() || number < 1)
    throw Error(Code::invalid, format("cannot use --limit {}: not a positive number", printable(value)));
  return number;
}

void take_wait_for(Options& options, const std::string& value) {
  if (value != "ready" && value != "idle")
    throw Error(Code::invalid, format("cannot wait for {}", printable(value)), "--for ready or --for idle");
  options.wait_for = value;
}

void take_timeout(Options& options, const std::string& value) {
  options.timeout = parse_duration(value);
  if (!options.timeout)
    throw Error(Code::invalid, format("cannot use --timeout {}: not a time", printable(value)),
                "for example 90s, 10min or 1h 30min");
}

void take_socket(Options& options, const std::string& value) {
  options.socket = value;
  options.socket_given = true;
}

}  // namespace

std::span<const Option> all_options() {
  static const std::vector<Option> table{
      {"--root", "", "DIR", "a directory tree (an image, a chroot) instead of this machine", false,
       [](Options& o, const std::string& value) { o.root = absolute_folder("--root", value); }},
      {"--rig", "", "DIR", "a folder that describes the machine; its system too, without --root", false,
       [](Options& o, const std::string& value) { o.rig = absolute_folder("--rig", value); }},
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
      {"--allow-enrol", "", "", "agree to a key that the firmware trusts from then on", false,
       [](Options& o, const std::string&) { o.allow.emplace_back("enrol"); }},
      {"--replace", "", "", "also when there is one already; a copy of it is kept", false,
       [](Options& o, const std::string&) { o.replace = true; }},
      {"--detach", "", "", "start it, print its number and return", false,
       [](Options& o, const std::string&) { o.detach = true; }},
      {"--recipe", "", "RECIPE", "a recipe's file or a shipped recipe's name", false,
       [](Options& o, const std::string& value) { o.recipe = value; }},
      {"--step", "", "STEP", "of this step only", false,
       [](Options& o, const std::string& value) { o.step = value; }},
      {"--fix", "", "", "and apply the active recipe, where that helps", false,
       [](Options& o, const std::string&) { o.fix = true; }},
      {"--python", "", "FILE", "why this Python does not use the GPU, instead of the one in PATH", false,
       [](Options& o, const std::string& value) { o.python = absolute_file("--python", value); }},
      {"--limit", "", "N", "show at most so many", false,
       [](Options& o, const std::string& value) { o.limit = positive(value); }},
      {"--for", "", "ready|idle",
       "ready: as the recipe wants, and no run goes on (the default); idle: no run goes on", false,
       take_wait_for},
      {"--timeout", "", "TIME", "wait no longer than this, as 90s or 10min", false, take_timeout},
      {"--all", "", "", "every verb and what every verb takes", false,
       [](Options& o, const std::string&) { o.all = true; }},
      {"--json", "", "", "print what the daemon says, as JSON; never ask", true,
       [](Options& o, const std::string&) { o.json = true; }},
      {"--socket", "", "PATH", "the daemon's socket (also: RIGSETUP_SOCKET)", true, take_socket},
      {"--plain", "", "", "whole lines and no signs, as a screen reader wants it (also: RIGSETUP_PLAIN)",
       true, [](Options& o, const std::string&) { o.plain = true; }},
      {"--no-color", "", "", "no colours (also: NO_COLOR)", true,
       [](Options& o, const std::string&) { o.no_color = true; }},
      {"--help", "-h", "", "help, also of a verb", true,
       [](Options& o, const std::string&) { o.help = true; }},
      {"--version", "", "", "the version of this program", true,
       [](Options& o, const std::string&) { o.version = true; }},
  };
  return table;
}

const Option* option_named(std::string_view word) {
  for (const Option& option : all_options())
    if (word == option.name || (!option.letter.empty() && word == option.letter)) return &option;
  return nullptr;
}

bool takes(const Verb& verb, const Option& option) {
  return option.every_verb ||
         std::find(verb.options.begin(), verb.options.end(), option.name) != verb.options.end();
}

namespace {

Error usage(std::string message, std::string hint) {
  return Error(Code::invalid, std::move(message), std::move(hint));
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         std::string_view otherwise) {
  if (const auto near = suggestion(word, candidates)) return format("did you mean {}?", *near);
  return std::string(otherwise);
}

const Option& find_option(std::string_view word) {
  if (const Option* option = option_named(word)) return *option;
  std::vector<std::string> names;
  for (const Option& option : all_options()) names.emplace_back(option.name);
  throw usage(format("cannot understand the option {}", printable(word)),
              did_you_mean(word, names, "rigsetup help --all shows all"));
}

void check_use(const Options& options, const std::vector<const Option*>& used) {
  if (options.verb == nullptr || options.help) return;
  const Verb& verb = *options.verb;
  for (const Option* option : used) {
    if (!takes(verb, *option))
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

}  // namespace

const Verb& find_verb(std::string_view word, std::span<const Verb> verbs) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs) {
    if (word == verb.name) return verb;
    if (!verb.summary.empty()) names.emplace_back(verb.name);
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

}  // namespace rigsetup::cli
