// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <rigsetup/data/value.hpp>

#include "tests/support/http_client.hpp"

namespace rigsetup::test {

/// src/server/openapi.yaml.
class Description {
 public:
  /// One method of one path. Lives as long as the description.
  struct Operation {
    std::string method;  ///< in capitals
    std::string path;
    const Value* value = nullptr;
    const Value* document = nullptr;

    std::string name() const { return method + " " + path; }
    std::set<std::string> parameters(const std::string& in) const;  ///< names of those in "query" or "path"
    std::map<int, const Value*> statuses() const;                   ///< and what is described of each
    const Value* body() const;  ///< schema of the request's; null: it has none
    bool needs_body() const;
    /// In which ways an answer departs from what is described; a line each.
    std::vector<std::string> departures(const HttpAnswer& answer) const;
  };

  Description();  ///< throws std::runtime_error when it is no YAML
  Description(const Description&) = delete;
  const Value& document() const { return document_; }
  const std::vector<Operation>& operations() const { return operations_; }

 private:
  Value document_;
  std::vector<Operation> operations_;
};

}  // namespace rigsetup::test
