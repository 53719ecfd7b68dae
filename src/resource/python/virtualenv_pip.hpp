// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include "resource/python/python_environment.hpp"
#include "resource/python/virtualenv.hpp"

namespace rigsetup {

/// venv and pip of one environment, run as its owner, with all that they write inside the environment and
/// nothing of the owner's own settings. Refers to what it was made from. Each call throws Error in one clear
/// sentence.
class EnvironmentTools {
 public:
  EnvironmentTools(const Context& context, const VirtualenvWish& wish, const User& owner)
      : context_(context), wish_(wish), owner_(owner) {}

  void make_environment() const;
  /// What pip is to install, as a requirements file: the recipe's, or what the lock comes to on this machine.
  std::string requirements_file() const;
  /// All of them that are not there yet.
  void install(const std::string& requirements_file) const;
  /// These packages once more, whatever is there of them, and nothing that they need.
  void install_anew(const std::string& requirements_file,
                    const std::map<std::string, std::string>& packages) const;
  void uninstall(const std::vector<std::string>& packages) const;

 private:
  void install(const std::string& requirements_file, const std::vector<std::string>& packages,
               std::vector<std::string> options) const;
  void run(const std::string& name, const std::string& label, Command command) const;
  Error failure(const std::string& name, const Finished& finished) const;

  const Context& context_;
  const VirtualenvWish& wish_;
  const User& owner_;
};

}  // namespace rigsetup
