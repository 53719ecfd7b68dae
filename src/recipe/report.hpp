// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <utility>

#include <rigsetup/base/error.hpp>
#include <rigsetup/data/value.hpp>

namespace rigsetup {

/// Where complaints about one file go. Refers to both; lives as long as one reading of the file.
struct Report {
  const std::string& file;
  Complaints& complaints;

  void at(Mark mark, std::string message, std::string hint = {}) const {
    complaints.push_back({{file, mark.line, mark.column}, std::move(message), std::move(hint)});
  }
};

}  // namespace rigsetup
