// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <set>
#include <string>

#include <rigsetup/apt/archive.hpp>

namespace rigsetup::apt {

/// Names of the packages that are marked as automatically installed: "name:architecture".
std::set<std::string> read_auto_marks(const Tree& tree);

/// apt marks everything that is named to it as wanted by the user. This remembers which packages were not,
/// before the first try (in a file among the jobs, so that a crash does not lose it), and puts the marks
/// right at the end.
class AutoMarks {
 public:
  AutoMarks(const Transaction& transaction, const Work& work);
  void restore() const;

 private:
  const Transaction& transaction_;
  const Work& work_;
  std::set<std::string> before_;
};

/// Puts the names on hold that the transaction wants there and that are not.
void set_holds(const Transaction& transaction, const Work& work);

}  // namespace rigsetup::apt
