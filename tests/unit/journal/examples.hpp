// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>

#include <rigsetup/journal/journal.hpp>

namespace rigsetup::test {

inline RunStarted started(const std::string& root = "/") {
  return {"demo", "aa", "bb", root, {1000, "alice", 77}, {{"a", "file", "a file"}, {"b", "service", ""}}};
}

inline StoredRun stored() {
  return {"demo.yaml",
          "rigsetup: 1\n",
          {{"a.whl", std::string("\0\xff'\n", 4)}, {"empty", ""}},
          R"({"steps":[]})"};
}

inline Event finding(const std::string& message) { return Finding{"a", message, ""}; }
inline const std::string& message_of(const Record& record) { return std::get<Finding>(record.event).message; }

}  // namespace rigsetup::test
