// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/base/error.hpp>

namespace rigsetup {

/// What is asked of pip for a conda environment: the list below `pip:` of an environment.yml, whose lines are
/// those of a requirements file.
struct PipSection {
  std::vector<std::string> requirements = {};
  std::string index_url = {};
  std::vector<std::string> extra_index_urls = {};
  bool empty() const { return requirements.empty(); }
};

/// Adds one line. What would take more than an index and names to answer is complained of at its place.
void read_pip_line(std::string_view line, const Place& place, PipSection& section, Complaints& complaints);

}  // namespace rigsetup
