// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/resource/catalog.hpp>

#include "resource/conda/conda_lock.hpp"
#include "resource/conda/conda_meta.hpp"
#include "resource/conda/conda_spec.hpp"

namespace rigsetup {

/// What a conda environment is to be like, and how one that is there compares. Pure.
struct CondaWish {
  std::string prefix;
  std::string engine;
  std::string owner;
  std::vector<CondaSpec> specs;
  std::vector<CondaArchive> lock;  ///< instead of specs: every package
  std::vector<std::string> channels;
  std::string cuda;  ///< "12.9"; empty: none
  bool exact = false;

  /// What the environment lacks, or has too much; empty: nothing. `was_asked`: a client was asked for just
  /// this, and had nothing to say against it, so that what only a client can judge is as wanted.
  std::string lack_of(const CondaEnvironment& environment, bool was_asked) const;
  /// Archives of the lock that are not there.
  std::vector<CondaArchive> lacking_archives(const CondaEnvironment& environment) const;
  /// The specs that packages of the environment do not meet.
  std::vector<CondaSpec> unmet(const CondaEnvironment& environment, bool was_asked) const;
  /// With `exact`: packages that are not wanted any more.
  std::vector<std::string> leftovers(const CondaEnvironment& environment) const;

  std::string doing() const { return "make the conda environment " + prefix; }
  std::string text() const;  ///< "an environment with numpy, python"
  std::string have_text(const CondaEnvironment& environment) const;
  std::string digest() const;  ///< of all that decides what a client would do
};

CondaWish read_conda_wish(const Fields& fields, const Attachments& attachments, Complaints& complaints);

/// Packages that another needs and that are not there: the trace of an installation that was cut off.
std::vector<std::string> missing_dependencies(const CondaEnvironment& environment);

}  // namespace rigsetup
