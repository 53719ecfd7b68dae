// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <rigsetup/resource/resource.hpp>

#include "resource/python/python_requirement.hpp"

namespace rigsetup {

/// What a step `virtualenv` asks for.
struct VirtualenvWish {
  std::string path;
  std::string python;  ///< the interpreter: a name or a path
  std::vector<std::string> packages;
  std::string requirements_file;  ///< its text
  std::string lock;               ///< of a pylock.toml
  bool require_hashes = false;
  std::string index_url;
  std::vector<std::string> extra_index_urls;
  std::string wheels;
  std::string owner;
  bool system_site_packages = false;
  bool exact = false;  ///< packages that nothing of it needs go

  std::vector<PythonRequirement> requirements() const;  ///< all but the lock's, which only Python can read
  std::string digest() const;                           ///< of all that decides what pip would do
  std::string text() const;                             ///< "an environment with numpy, six"
  std::filesystem::path work_folder() const { return std::filesystem::path(path) / ".rigsetup-work"; }
  std::string doing() const { return "make the Python environment " + path; }
  Error error(Code code, const std::string& cause, const std::string& hint) const;
};

/// The environment that is wished for: looked at in its files, made by venv and pip.
std::unique_ptr<Resource> virtualenv(VirtualenvWish wish);

}  // namespace rigsetup
