// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/options.hpp"

namespace rigsetup::cli {

// What `rigsetup help` says, made from the tables of verbs and options; the manual page is made from the
// same. Pure.

/// What one begins with; of the others the names.
std::string short_help(std::span<const Verb> verbs, const Screen& screen);
std::string full_help(std::span<const Verb> verbs, const Screen& screen);
std::string verb_help(const Verb& verb, const Screen& screen);

struct Example {
  std::string_view command;
  std::string_view says;
};
std::vector<Example> examples_of(std::string_view verb);

/// "-y, --yes", "--root DIR"
std::string words_of(const Option& option);
std::string words_of(const Verb& verb);  ///< "show [RUN]"

/// Fixed for good: each number and what it says.
std::span<const std::pair<int, std::string_view>> exit_codes();

}  // namespace rigsetup::cli
