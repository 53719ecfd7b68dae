// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/distribution_archive.hpp"

#include <algorithm>
#include <iterator>

#include <rigsetup/apt/repositories.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

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

std::vector<apt::Repository> entries_of(const Tree& tree, const std::string& not_from) {
  std::vector<apt::Repository> entries;
  for (auto& file : apt::read_repositories(tree)) {
    if (file.name == not_from) continue;
    std::move(file.repositories.begin(), file.repositories.end(), std::back_inserter(entries));
  }
  return entries;
}

/// The first entry for the suite; with `uris`, of those alone.
const apt::Repository* find_entry(const std::vector<apt::Repository>& entries, const std::string& suite,
                                  const std::vector<std::string>* uris) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const apt::Repository& entry) {
    const auto its = entry.words("Suites");
    // A CD-ROM has no other components than those it was pressed with.
    return !entry.get("URIs").starts_with("cdrom:") && (uris == nullptr || entry.words("URIs") == *uris) &&
           std::find(its.begin(), its.end(), suite) != its.end();
  });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

std::vector<DistributionArchive> find_distribution_archives(const Tree& tree,
                                                            const std::vector<std::string>& suites,
                                                            const std::string& not_from) {
  const std::vector<apt::Repository> entries = entries_of(tree, not_from);
  const std::string release = codename(tree);
  const auto wanted = suites.empty()
                          ? std::vector<std::string>{release, release + "-updates", release + "-security"}
                          : suites;
  std::vector<DistributionArchive> archives;
  std::vector<std::string> not_configured;
  for (const std::string& suite : wanted) {
    const apt::Repository* entry =
        archives.empty() ? nullptr : find_entry(entries, suite, &archives.front().uris);
    if (entry == nullptr) entry = find_entry(entries, suite, nullptr);
    if (entry == nullptr) {
      if (suites.empty() && archives.empty())
        return {};  // without the release itself there is nothing to add to
      not_configured.push_back(suite);
      continue;
    }
    const auto same = std::find_if(archives.begin(), archives.end(), [&](const DistributionArchive& archive) {
      return archive.uris == entry->words("URIs") && archive.signed_by == entry->get("Signed-By");
    });
    if (same == archives.end()) {
      archives.push_back({entry->words("URIs"), {suite}, entry->get("Signed-By")});
    } else {
      same->suites.push_back(suite);
    }
  }
  if (!suites.empty() && !archives.empty()) {
    auto& first = archives.front().suites;
    first.insert(first.end(), not_configured.begin(), not_configured.end());
  }
  return archives;
}

}  // namespace rigsetup
