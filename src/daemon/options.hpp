// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <rigsetup/run/target.hpp>

namespace rigsetup {

/// What the command line asks for.
struct Options {
  enum class Action { serve, release, help, version };
  Action action = Action::serve;
  std::string root;  ///< of `release`
  bool foreground = false;
  Settings settings;  ///< of the command line and of the configuration file
};

/// Reads the command line and the configuration file it names (or /etc/rigsetup/rigsetupd.yaml, if that
/// exists). Throws Error(invalid) with all that is wrong, a line each.
Options read_options(int argc, char** argv);

/// Fills in what the configuration file says; every unknown key and wrong value is told with its place.
void read_configuration(const std::filesystem::path& file, Settings& settings);

extern const std::string_view k_daemon_help;

}  // namespace rigsetup
