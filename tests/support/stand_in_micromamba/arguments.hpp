// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <set>
#include <string>
#include <vector>

namespace stand_in {

struct Arguments {
  std::string verb, prefix, file, line;
  std::vector<std::string> specs, channels;
  std::set<std::string> flags;
  bool has(const char* flag) const { return flags.count(flag) > 0; }
};

/// A word that the real one would not take, either.
struct Usage {
  std::string word;
};

Arguments parse(int argc, char** argv);  ///< throws Usage

}  // namespace stand_in
