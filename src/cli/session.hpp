// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/data/value.hpp>

#include "cli/connection.hpp"
#include "cli/options.hpp"
#include "cli/screen.hpp"

namespace rigsetup::cli {

/// One call of rigsetup: what was asked, where it is shown, and who answers.
class Session {
 public:
  Session(const Options& asked, Screen shown) : options(asked), screen(shown), daemon(asked.socket) {}

  const Options& options;
  Screen screen;
  Daemon daemon;

  /// "/v1/status?root=..."; without the query when the machine itself is meant.
  std::string with_root(std::string_view path) const;
  /// Asks, and says what is being done while it takes long.
  std::string get(const std::string& target, std::string_view doing) const;
  /// `token`: that of the request, by which the daemon is asked what it is at.
  std::string post(const std::string& target, const Value& body, std::string_view doing,
                   const std::string& token = {}) const;
  /// The command to type next, with the options that it needs again: "rigsetup plan demo --root /srv/image".
  std::string command(std::vector<std::string> words, bool with_root = true) const;
};

/// What nobody else can know, to ask the daemon what it is at with a request.
std::string random_token();

/// A word as a shell takes it, in quotes where it must be.
std::string shell_word(const std::string& word);

/// Prints a JSON reply as it came, on a line of its own.
void say_json(std::string body);

}  // namespace rigsetup::cli
