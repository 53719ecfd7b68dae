// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rigsetup {

/// One line of what pip is asked for, as much of it as can be judged without pip.
struct PythonRequirement {
  std::string name;                      ///< normalised; empty for a path or a URL without a name
  bool any_version = false;              ///< nothing but the name
  bool conditional = false;              ///< has an environment marker: may rightly be not installed
  std::vector<std::string> extras = {};  ///< asked for in brackets
  std::string of_extra = {};             ///< its marker is that this extra of another package is asked for
  std::string version = {};              ///< what is said of it: ">=1.0,<2", or "@ https://..."
  /// Does it say which file it is: "==2.11.0+cu126", "@ https://..."?
  bool names_build() const { return version.starts_with('@') || version.find('+') != std::string::npos; }
};

/// PEP 503: "Foo.Bar_baz" and "foo-bar-baz" are one project.
std::string normalised_python_name(std::string_view name);

PythonRequirement parse_python_requirement(std::string_view text);
/// The requirements of a file in pip's format; its options and hashes are left to pip.
std::vector<PythonRequirement> parse_requirements_file(std::string_view text);
/// Of such a file its options and the requirements of these names, as they stand there.
std::string lines_of_requirements(std::string_view text, const std::vector<std::string>& names);
/// Of such a file the requirements of these names; and all the rest of it, with its options.
std::pair<std::string, std::string> parted_requirements(std::string_view text,
                                                        const std::vector<std::string>& names);
/// Does it say where packages come from?
bool names_an_index(std::string_view requirements_file);
bool has_hashes(std::string_view requirements_file);

}  // namespace rigsetup
