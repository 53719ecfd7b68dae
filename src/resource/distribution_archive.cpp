// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/distribution_archive.hpp"

#include <algorithm>

#include <rigsetup/apt/repositories.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

bool has_any(const std::vector<std::string>& list, const std::vector<std::string>& wanted) {
  return std::find_first_of(list.begin(), list.end(), wanted.begin(), wanted.end()) != list.end();
}

std::string codename(const Tree& tree) {
  for (const auto& line : split_lines(tree.read("/etc/os-release").value_or(""))) {
    if (line.starts_with("VERSION_CODENAME=")) {
      std::string name = line.substr(17);
      std::erase(name, '"');
      return name;
    }
  }
  return "";
}

}  // namespace

std::optional<DistributionArchive> find_distribution_archive(const Tree& tree,
                                                             const std::vector<std::string>& suites,
                                                             const std::string& not_from) {
  std::vector<apt::Repository> entries;
  for (auto& file : apt::read_repositories(tree)) {
    if (file.name == not_from) continue;
    std::move(file.repositories.begin(), file.repositories.end(), std::back_inserter(entries));
  }
  const std::string release = codename(tree);
  const auto wanted = suites.empty() ? std::vector<std::string>{release} : suites;
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const apt::Repository& entry) {
    // A CD-ROM has no other components than those it was pressed with.
    return !entry.get("URIs").starts_with("cdrom:") && has_any(entry.words("Suites"), wanted);
  });
  if (found == entries.end()) return std::nullopt;
  DistributionArchive archive{found->words("URIs"), suites, found->get("Signed-By")};
  if (!suites.empty()) return archive;
  for (const auto& suite : {release, release + "-updates"}) {
    const bool configured = std::any_of(entries.begin(), entries.end(), [&](const apt::Repository& entry) {
      return entry.words("URIs") == archive.uris && has_any(entry.words("Suites"), {suite});
    });
    if (configured) archive.suites.push_back(suite);
  }
  return archive;
}

}  // namespace rigsetup
