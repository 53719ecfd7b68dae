// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <rigsetup/resource/resource.hpp>

namespace rigsetup {

/// What pip is used for, and where it takes packages from.
struct PipUse {
  std::filesystem::path environment;
  std::string doing;                       ///< "make the Python environment /opt/e", for errors
  std::vector<std::string> packages = {};  ///< as the recipe names them
  bool require_hashes = false;
  std::string index_url = {};
  std::vector<std::string> extra_index_urls = {};
  std::string wheels = {};

  std::filesystem::path work_folder() const { return environment / ".rigsetup-work"; }
  Error error(Code code, const std::string& cause, const std::string& hint) const;
};

/// pip of any Python environment, run as its owner, with all that it writes inside the environment and
/// nothing of the owner's own settings. Each call throws Error in one clear sentence.
class Pip {
 public:
  Pip(const Context& context, PipUse use, const User& owner)
      : context_(context), use_(std::move(use)), owner_(owner) {}

  /// All that is not there yet of a requirements file and of `packages`.
  void install(const std::string& requirements_file, const std::vector<std::string>& packages,
               const std::vector<std::string>& options) const;
  /// These packages once more, whatever is there of them, and nothing that they need.
  void install_anew(const std::string& requirements_file, const std::map<std::string, std::string>& packages,
                    std::vector<std::string> options = {}) const;
  void uninstall(const std::vector<std::string>& packages) const;

  /// Any program of the environment in the same way, and why it failed.
  Finished run(const std::string& name, const std::string& label, Command command) const;
  Error failure(const std::string& name, const Finished& finished) const;
  /// Writes a file for pip below the work folder.
  std::filesystem::path write(const std::string& name, const std::string& text) const;

 private:
  Command command(const std::string& verb) const;
  std::filesystem::path home() const;
  std::filesystem::path log() const { return use_.work_folder() / "pip.log"; }

  const Context& context_;
  PipUse use_;
  const User& owner_;
};

}  // namespace rigsetup
