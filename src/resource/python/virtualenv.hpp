// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <rigsetup/recipe/fields.hpp>
#include <rigsetup/resource/resource.hpp>

#include "resource/python/python_requirement.hpp"

namespace rigsetup {

/// What a step `virtualenv_packages` asks for, and what a `virtualenv` stands for.
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
  /// By their names: what comes from the index below and nowhere else, and nothing besides comes from there.
  std::vector<std::string> framework_packages = {};
  std::string framework_index_url = {};

  std::vector<PythonRequirement> requirements() const;  ///< all but the lock's, which only Python can read
  std::string digest() const;                           ///< of all that decides what pip would do
  std::string text() const;                             ///< "an environment with numpy, six"
  bool is_of_framework(const std::string& name) const;  ///< normalised
  std::filesystem::path work_folder() const { return std::filesystem::path(path) / ".rigsetup-work"; }
  std::string doing() const { return "make the Python environment " + path; }
  Error error(Code code, const std::string& cause, const std::string& hint) const;
};

/// From checked fields of either kind; what excludes each other is complained of at its place.
VirtualenvWish read_virtualenv_wish(const Fields& fields, const Attachments& attachments,
                                    Complaints& complaints);
/// The fields that both kinds have.
std::vector<FieldSpec> virtualenv_fields();

/// The environment that is wished for: looked at in its files, made by venv and pip.
std::unique_ptr<Resource> virtualenv(VirtualenvWish wish);

}  // namespace rigsetup
