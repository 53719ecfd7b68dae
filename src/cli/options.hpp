// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/screen.hpp"

namespace rigsetup::cli {

class Session;

/// What can be asked for, as `help` shows it and as options are checked.
struct Verb {
  std::string_view name;
  std::string_view operands;  ///< "[RUN]"
  std::string_view summary;   ///< empty: a verb for programs, which help does not show
  std::size_t least = 0;      ///< operands
  std::size_t most = 0;
  std::vector<std::string_view> options = {};  ///< those that not every verb takes
  int (*run)(Session&) = nullptr;              ///< returns the exit code
};

/// A command line, understood.
struct Options {
  const Verb* verb = nullptr;  ///< not set: only --help or --version was asked for, or nothing at all
  std::vector<std::string> operands;
  std::string socket;         ///< --socket, RIGSETUP_SOCKET or where the daemon's package puts it
  bool socket_given = false;  ///< by --socket, so that advice must repeat it
  std::string root;           ///< absolute; empty: the machine
  std::string rig;            ///< absolute: a folder that describes the machine; empty: none
  std::string python;         ///< absolute: an interpreter to be asked; empty: the one in use
  std::string step;
  std::string recipe;
  std::string out;                 ///< a file to save a plan in
  std::vector<std::string> allow;  ///< words of consent
  std::int64_t limit = 20;
  bool json = false;
  bool no_color = false;
  bool plain = false;
  bool yes = false;
  bool detach = false;
  bool once = false;
  bool prune = false;
  bool replace = false;
  bool all = false;
  bool fix = false;
  bool help = false;
  bool version = false;
  std::string wait_for = "ready";
  std::optional<std::chrono::seconds> timeout;  ///< not set: for good

  const std::string& operand(std::size_t index) const;  ///< "" when there is none
};

struct Option {
  std::string_view name;
  std::string_view letter;  ///< "-y"; empty: none
  std::string_view value;   ///< what it takes: "DIR", or the words themselves: "ready|idle"; empty: nothing
  std::string_view summary;
  bool every_verb;
  void (*take)(Options& options, const std::string& value);
};
std::span<const Option> all_options();
const Option* option_named(std::string_view word);  ///< by its name or letter; null: there is none
bool takes(const Verb& verb, const Option& option);

/// Throws Error(invalid) with a suggestion for what is no verb or option.
Options parse_options(const std::vector<std::string>& arguments, const Environment& variables,
                      std::span<const Verb> verbs);

/// Throws Error(invalid) with a suggestion.
const Verb& find_verb(std::string_view word, std::span<const Verb> verbs);

}  // namespace rigsetup::cli
