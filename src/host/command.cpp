// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <cctype>

#include <string.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/programs.hpp>

namespace rigsetup {
namespace {

std::string quoted(const std::string& word) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) ||
           std::string_view("_-+=:,./@%{}~").find(static_cast<char>(c)) != std::string_view::npos;
  };
  const std::string shown = printable(word);
  if (!shown.empty() && std::all_of(shown.begin(), shown.end(), plain)) return shown;
  std::string text = "'";
  for (char c : shown) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

}  // namespace

std::string Command::text() const {
  std::vector<std::string> words;
  for (const std::string& word : argv) words.push_back(quoted(word));
  return join(words, " ");
}

std::string Finished::text() const {
  if (timed_out) return "timed out";
  if (signal == 0) return format("exit status {}", exit_code);
  const char* name = ::sigabbrev_np(signal);
  return name ? format("killed by signal {} (SIG{})", signal, name) : format("killed by signal {}", signal);
}

}  // namespace rigsetup
