// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <rigsetup/resource/resource.hpp>

namespace rigsetup {

/// A script for an interpreter of the target.
struct PythonCode {
  std::string python;  ///< the interpreter, as its environment has it
  std::string user;    ///< whom it runs as; empty: whom the interpreter's folder belongs to
  std::string_view script;
  std::vector<std::string> arguments;
  std::chrono::milliseconds timeout;
  std::vector<std::pair<std::string, std::string>> environment = {};
  std::function<void(std::string_view piece)> on_output = {};
};

/// Runs it with nothing of its user's settings and packages, no LD_LIBRARY_PATH, and a home that is gone
/// afterwards: a check leaves no caches. Code of others never runs as root. Failed when it could not be run.
std::variant<Finished, Failed> run_python(const Context& context, const PythonCode& code);

/// Is there such an interpreter?
std::optional<Failed> why_no_interpreter(const Tree& files, const std::string& python);

}  // namespace rigsetup
