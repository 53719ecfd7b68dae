// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "apt/simulation.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::apt {

namespace {

std::string said(const std::string& version) { return version.empty() ? "remove it" : "install " + version; }

std::string without_native(std::string name, const std::string& native) {
  const std::string suffix = ":" + native;
  if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  return name;
}

}  // namespace

std::string apt_name(const Change& change, const std::string& native) {
  const bool foreign =
      !change.architecture.empty() && change.architecture != "all" && change.architecture != native;
  return foreign ? change.name + ":" + change.architecture : change.name;
}

std::string apt_argument(const Change& change, const std::string& native) {
  const std::string name = apt_name(change, native);
  return change.action == Action::remove ? name + "-" : name + "=" + change.to;
}

Versions versions_of(const std::vector<Change>& changes, const std::string& native) {
  Versions versions;
  for (const Change& change : changes) versions[apt_name(change, native)] = change.to;
  return versions;
}

Versions versions_of_simulation(std::string_view output, const std::string& native) {
  Versions versions;
  for (const std::string& line : split_lines(output)) {
    const std::vector<std::string> words = split_words(line);
    if (words.size() < 2) continue;
    const std::string name = without_native(words[1], native);
    if (words[0] == "Remv" || words[0] == "Purg") {
      versions[name] = "";
    } else if (words[0] == "Inst") {  // Inst NAME [OLD] (NEW ORIGIN [ARCH])
      const std::size_t open = line.find('(');
      if (open == std::string::npos) continue;
      versions[name] = line.substr(open + 1, line.find_first_of(" )", open + 1) - open - 1);
    }
  }
  return versions;
}

std::vector<std::string> differences(const Versions& planned, const Versions& now) {
  std::vector<std::string> lines;
  for (const auto& [name, version] : planned) {
    const auto found = now.find(name);
    if (found == now.end()) {
      lines.push_back(format("{}: the plan says {}, apt would now leave it alone", name, said(version)));
    } else if (found->second != version) {
      lines.push_back(
          format("{}: the plan says {}, apt would now {}", name, said(version), said(found->second)));
    }
  }
  for (const auto& [name, version] : now) {
    if (!planned.contains(name)) {
      lines.push_back(format("{}: the plan does not touch it, apt would now {}", name, said(version)));
    }
  }
  return lines;
}

}  // namespace rigsetup::apt
