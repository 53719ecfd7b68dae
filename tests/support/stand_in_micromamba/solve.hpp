// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace stand_in {

using Json = nlohmann::json;

/// What the real one says at its end as "critical libmamba TEXT", with nothing on standard output.
struct Critical : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A wish for a package: "numpy", "numpy=1.26", "numpy>=1,<2", "pytorch=*=cuda*", "pytorch >=2 cuda*".
struct Spec {
  std::string text, name, version, build;
  bool prefix = false;  ///< of one "=": 1.2 stands for 1.2.*
  bool takes(const std::string& of_version, const std::string& of_build) const;
};
Spec parse_spec(std::string text);

/// A package of a channel, or one that is installed: the record as repodata.json has it, and fn, url,
/// channel.
struct Package {
  Json record;
  std::string at(const char* name) const { return record.value(name, std::string()); }
  std::string dist() const { return at("name") + "-" + at("version") + "-" + at("build"); }
  std::vector<std::string> list(const char* name) const {
    return record.value(name, std::vector<std::string>());
  }
};
using Packages = std::map<std::string, Package>;  ///< by name

struct Unsolvable {
  std::vector<std::string> problems;
};

/// All that the wishes need, newest first; what is installed and fits stays. Throws Unsolvable.
Packages solve(const std::vector<Spec>& wishes, const std::vector<Package>& known, const Packages& installed,
               const std::map<std::string, std::string>& machine, bool with_dependencies);

/// Names so that each comes after what it depends on.
std::vector<std::string> in_order(const Packages& packages);

bool matches(const std::string& glob, const std::string& text);

}  // namespace stand_in
