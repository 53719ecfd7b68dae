// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <map>
#include <string>
#include <vector>

#include <rigsetup/base/error.hpp>

#include "resource/conda/conda_lock.hpp"
#include "resource/conda/conda_python.hpp"
#include "resource/conda/pip_section.hpp"

namespace rigsetup {

/// What pip is to add to a conda environment, and how one that is there compares. Pure.
struct CondaPipWish {
  std::string prefix;
  std::string owner;
  PipSection section;
  std::vector<PipArchive> lock = {};  ///< instead of the section's requirements
  bool exact = false;

  bool is_empty() const { return section.empty() && lock.empty(); }
  /// As pip takes them. Of a lock what is not there yet: it has no versions to choose from.
  std::string requirements_file(const CondaPython& there) const;
  std::vector<PythonRequirement> requirements() const;
  /// "conda has numpy 1.26.4, ...", where conda's package is another than is asked of pip; empty: nowhere.
  std::string conflict(const CondaPython& there) const;
  /// What an environment lacks, or has too much; empty: nothing.
  std::string lack_of(const CondaPython& there, const EnvironmentRecord& record) const;

  std::string doing() const { return "add pip's packages to the conda environment " + prefix; }
  std::string text() const;  ///< "six==1.16.0, flask"
  std::string have_text(const CondaPython& there) const;
  std::string digest() const;  ///< of all that decides what pip would do
  Error error(Code code, const std::string& cause, const std::string& hint) const;
};

}  // namespace rigsetup
