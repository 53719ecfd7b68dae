// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include "tests/support/running_daemon.hpp"
#include "tests/support/terminal.hpp"

namespace rigsetup::test {

/// A step that goes on until open_gate(), one that also does not care for SIGINT, and one that fails.
extern const std::string k_gate;
extern const std::string k_stubborn_gate;
extern const std::string k_failing;
std::string many_files(int count);

/// A bed with a client: recipes of a test's own, and the command lines that use them.
struct ClientBed : Bed {
  /// "rigsetup apply RECIPE -y --root ROOT --socket SOCKET" of a recipe with these steps.
  std::vector<std::string> apply(const std::string& steps, const std::vector<std::string>& more = {}) const;
  std::vector<std::string> client(std::vector<std::string> words) const;
  bool gate_is_reached() const;
  void open_gate() const;
};

struct Called {
  int status = -1;  ///< 128 and the number of a signal that ended it
  std::string out;
  std::string errors;
};
/// Runs a line of shell to its end, with nothing but these variables and no terminal. The built programs are
/// in PATH.
Called call(const std::string& line, const std::map<std::string, std::string>& variables = {});
/// The words as a line of shell.
std::string shell_line(const std::vector<std::string>& words);

/// Those of the lines that could have been broken between words: a long path or digest stays whole, so that
/// it can be copied, and so do commands to type and what programs printed.
std::vector<std::string> breakable(const std::vector<std::string>& lines);

}  // namespace rigsetup::test
