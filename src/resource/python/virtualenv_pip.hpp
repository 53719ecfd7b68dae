// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <map>
#include <string>
#include <vector>

#include "resource/python/pip.hpp"
#include "resource/python/virtualenv.hpp"

namespace rigsetup {

/// venv and pip of one virtual environment. Refers to what it was made from. Each call throws Error in one
/// clear sentence.
class EnvironmentTools {
 public:
  EnvironmentTools(const Context& context, const VirtualenvWish& wish, const User& owner);

  void make_environment() const;
  /// What pip is to install, as a requirements file: the recipe's, or what the lock comes to on this machine.
  std::string requirements_file() const;
  /// All of them that are not there yet.
  void install(const std::string& requirements_file) const;
  /// These packages once more, whatever is there of them, and nothing that they need.
  void install_anew(const std::string& requirements_file,
                    const std::map<std::string, std::string>& packages) const;
  void uninstall(const std::vector<std::string>& packages) const { pip_.uninstall(packages); }

 private:
  void run_venv(const std::string& name, const std::vector<std::string>& options) const;
  void install_around_framework(const std::string& requirements_file) const;
  std::string framework_versions() const;

  const Context& context_;
  const VirtualenvWish& wish_;
  Pip pip_;
  Pip framework_pip_;  ///< takes from the framework's index, and nowhere else
};

}  // namespace rigsetup
