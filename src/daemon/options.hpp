// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include <rigsetup/recipe/fields.hpp>
#include <rigsetup/run/target.hpp>

namespace rigsetup {

/// What the command line asks for.
struct Options {
  enum class Action { serve, release, help, version };
  Action action = Action::serve;
  std::string root;  ///< of `release`
  bool foreground = false;
  std::filesystem::path config;  ///< empty: /etc/rigsetup/rigsetupd.yaml, if there is one
  Settings settings;             ///< of the command line and of the configuration file
};

/// Reads the command line and the configuration file it names (or /etc/rigsetup/rigsetupd.yaml, if that
/// exists). Throws Error(invalid) with all that is wrong, a line each.
Options read_options(int argc, char** argv);

/// Fills in what the configuration file says; every unknown key and wrong value is told with its place.
void read_configuration(const std::filesystem::path& file, Settings& settings);

/// What the command line takes and what the configuration file may say, as help and the manual page show it.
struct OptionSpec {
  const char* name;
  const char* value;  ///< what it takes; null: nothing
  std::string_view summary;
  void (*take)(Options& options, const char* value);
};
std::span<const OptionSpec> daemon_options();
std::span<const FieldSpec> configuration_keys();
extern const std::string_view k_default_config;
std::string daemon_help();

}  // namespace rigsetup
