// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/stand_in_micromamba/solve.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <sstream>

#include <fnmatch.h>

namespace stand_in {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

int compare(const std::string& a, const std::string& b) {
  const auto left = split(a, '.');
  const auto right = split(b, '.');
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    const std::string x = i < left.size() ? left[i] : "0";
    const std::string y = i < right.size() ? right[i] : "0";
    if (x == y) continue;
    if (is_number(x) && is_number(y)) {
      if (std::stoll(x) != std::stoll(y)) return std::stoll(x) < std::stoll(y) ? -1 : 1;
      continue;
    }
    return x < y ? -1 : 1;
  }
  return 0;
}

bool takes_one(const std::string& condition, const std::string& version, bool prefix) {
  for (const char* sign : {">=", "<=", "==", "!=", ">", "<"}) {
    if (condition.rfind(sign, 0) != 0) continue;
    const int order = compare(version, condition.substr(std::string(sign).size()));
    const std::string of = sign;
    return of == ">="   ? order >= 0
           : of == "<=" ? order <= 0
           : of == "==" ? order == 0
           : of == "!=" ? order != 0
           : of == ">"  ? order > 0
                        : order < 0;
  }
  if (condition.find('*') == std::string::npos && !prefix) return compare(version, condition) == 0;
  const std::string glob = condition.size() > 2 && condition.ends_with(".*")
                               ? condition.substr(0, condition.size() - 2)
                               : condition;
  return matches(glob, version) || version.rfind(glob + ".", 0) == 0;
}

class Solver {
 public:
  Solver(const std::vector<Package>& known, const Packages& installed,
         const std::map<std::string, std::string>& machine, bool with_dependencies)
      : installed_(installed), machine_(machine), with_dependencies_(with_dependencies) {
    for (const Package& package : known) by_name_[package.at("name")].push_back(&package);
    for (const auto& [name, package] : installed) by_name_[name].push_back(&package);
    for (auto& [name, candidates] : by_name_)
      std::stable_sort(candidates.begin(), candidates.end(), comes_first);
    for (const auto& [name, package] : installed) {  // what is there and fits is not exchanged
      auto& candidates = by_name_[name];
      const auto there = std::find(candidates.begin(), candidates.end(), &package);
      std::rotate(candidates.begin(), there, there + 1);
    }
  }

  Packages solve(const std::vector<Spec>& wishes) {
    std::vector<Need> needs;
    for (const Spec& wish : wishes) needs.push_back({wish, ""});
    for (const auto& [name, package] : installed_) needs.push_back({parse_spec(name), ""});
    if (!choose(needs, 0)) throw Unsolvable{{problems_.begin(), problems_.end()}};
    Packages found;
    for (const auto& [name, package] : chosen_) found[name] = *package;
    return found;
  }

 private:
  struct Need {
    Spec spec;
    std::string by;
  };

  static bool comes_first(const Package* a, const Package* b) {
    const int order = compare(a->at("version"), b->at("version"));
    return order != 0 ? order > 0 : a->record.value("build_number", 0) > b->record.value("build_number", 0);
  }

  bool refuse(const std::string& problem) {
    problems_.insert(problem);
    return false;
  }

  bool choose(std::vector<Need> needs, std::size_t at) {
    if (at == needs.size()) return constraints_hold();
    const Need need = needs[at];
    const std::string by = need.by.empty() ? " requested" : " needed by " + need.by;
    if (need.spec.name.starts_with("__")) {
      const auto found = machine_.find(need.spec.name);
      if (found != machine_.end() && need.spec.takes(found->second, "0"))
        return choose(std::move(needs), at + 1);
      return refuse("nothing provides " + need.spec.text + by);
    }
    if (const auto there = chosen_.find(need.spec.name); there != chosen_.end()) {
      if (need.spec.takes(there->second->at("version"), there->second->at("build")))
        return choose(std::move(needs), at + 1);
      return refuse("package " + there->second->dist() + " conflicts with " + need.spec.text + by);
    }
    bool any = false;
    for (const Package* candidate : by_name_[need.spec.name]) {
      if (!need.spec.takes(candidate->at("version"), candidate->at("build"))) continue;
      any = true;
      chosen_[need.spec.name] = candidate;
      std::vector<Need> more = needs;
      if (with_dependencies_) {
        for (const auto& one : candidate->list("depends"))
          more.push_back({parse_spec(one), candidate->dist()});
      }
      if (choose(std::move(more), at + 1)) return true;
      chosen_.erase(need.spec.name);
    }
    return any ? false : refuse("nothing provides " + need.spec.text + by);
  }

  bool constraints_hold() {
    for (const auto& [name, package] : chosen_) {
      for (const std::string& text : package->list("constrains")) {
        const Spec spec = parse_spec(text);
        const auto other = chosen_.find(spec.name);
        const auto machine = machine_.find(spec.name);
        if ((other != chosen_.end() &&
             !spec.takes(other->second->at("version"), other->second->at("build"))) ||
            (machine != machine_.end() && !spec.takes(machine->second, "0")))
          return refuse("package " + package->dist() + " constrains " + text);
      }
    }
    return true;
  }

  std::map<std::string, std::vector<const Package*>> by_name_;
  const Packages& installed_;
  const std::map<std::string, std::string>& machine_;
  const bool with_dependencies_;
  std::map<std::string, const Package*> chosen_;
  std::set<std::string> problems_;
};

}  // namespace

bool matches(const std::string& glob, const std::string& text) {
  return fnmatch(glob.c_str(), text.c_str(), 0) == 0;
}

bool Spec::takes(const std::string& of_version, const std::string& of_build) const {
  if (!build.empty() && !matches(build, of_build)) return false;
  if (version.empty()) return true;
  for (const std::string& choice : split(version, '|')) {
    const auto all = split(choice, ',');
    if (std::all_of(all.begin(), all.end(),
                    [&](const std::string& one) { return takes_one(one, of_version, prefix); }))
      return true;
  }
  return false;
}

Spec parse_spec(std::string text) {
  Spec spec;
  spec.text = text;
  if (const auto channel = text.find("::"); channel != std::string::npos) text.erase(0, channel + 2);
  const auto end = text.find_first_of(" =<>!");
  spec.name = text.substr(0, end);
  std::string rest = end == std::string::npos ? "" : text.substr(end);
  if (rest.starts_with("=") && !rest.starts_with("==")) {
    const auto parts = split(rest.substr(1), '=');
    spec.version = parts.empty() ? "" : parts[0];
    spec.build = parts.size() > 1 ? parts[1] : "";
    spec.prefix = parts.size() < 2;
    return spec;
  }
  std::istringstream words(rest);
  words >> spec.version >> spec.build;
  return spec;
}

Packages solve(const std::vector<Spec>& wishes, const std::vector<Package>& known, const Packages& installed,
               const std::map<std::string, std::string>& machine, bool with_dependencies) {
  return Solver(known, installed, machine, with_dependencies).solve(wishes);
}

std::vector<std::string> in_order(const Packages& packages) {
  std::vector<std::string> order;
  std::set<std::string> seen;
  const std::function<void(const std::string&)> visit = [&](const std::string& name) {
    const auto found = packages.find(name);
    if (found == packages.end() || !seen.insert(name).second) return;
    for (const std::string& one : found->second.list("depends")) visit(parse_spec(one).name);
    order.push_back(name);
  };
  for (const auto& [name, package] : packages) visit(name);
  return order;
}

}  // namespace stand_in
