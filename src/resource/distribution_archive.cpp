// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/distribution_archive.hpp"

#include <algorithm>
#include <map>

#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

struct Entry {
  std::vector<std::string> uris;
  std::vector<std::string> suites;
  std::string signed_by;
};

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// "deb [signed-by=/usr/share/keyrings/k.gpg arch=amd64] http://deb.debian.org/debian bookworm main",
/// sources.list(5).
void read_one_line_entries(std::string_view text, std::vector<Entry>& entries) {
  for (const auto& line : split_lines(text)) {
    std::string plain = line.substr(0, line.find('#'));
    Entry entry;
    if (const auto open = plain.find('['); open != std::string::npos) {
      const auto close = plain.find(']', open);
      if (close == std::string::npos) continue;
      for (const auto& option : split_words(std::string_view(plain).substr(open + 1, close - open - 1))) {
        if (option.starts_with("signed-by=")) entry.signed_by = option.substr(10);
      }
      plain.erase(open, close - open + 1);
    }
    const auto words = split_words(plain);
    if (words.size() < 3 || words[0] != "deb") continue;
    entry.uris = {words[1]};
    entry.suites = {words[2]};
    entries.push_back(std::move(entry));
  }
}

/// Stanzas of "Field: value" with continuation lines.
void read_deb822_entries(std::string_view text, std::vector<Entry>& entries) {
  std::map<std::string, std::string> fields;
  std::string last;
  const auto end_stanza = [&] {
    if (contains(split_words(fields["types"]), "deb") && lower(fields["enabled"]) != "no") {
      entries.push_back({split_words(fields["uris"]), split_words(fields["suites"]),
                         std::string(trim(fields["signed-by"]))});
    }
    fields.clear();
  };
  for (const auto& line : split_lines(text)) {
    if (line.starts_with('#')) continue;
    if (trim(line).empty()) {
      end_stanza();
    } else if (line.front() == ' ' || line.front() == '\t') {
      fields[last] += "\n" + line;
    } else if (const auto colon = line.find(':'); colon != std::string::npos) {
      last = lower(line.substr(0, colon));
      fields[last] = line.substr(colon + 1);
    }
  }
  end_stanza();
}

/// In the order in which apt reads them.
std::vector<Entry> read_entries(const Tree& tree, const std::string& not_from) {
  std::vector<Entry> entries;
  read_one_line_entries(tree.read("/etc/apt/sources.list").value_or(""), entries);
  const std::filesystem::path folder = "/etc/apt/sources.list.d";
  for (const auto& name : tree.list(folder)) {
    const auto path = folder / name;
    if (path == not_from) continue;
    if (name.ends_with(".list")) read_one_line_entries(tree.read(path).value_or(""), entries);
    if (name.ends_with(".sources")) read_deb822_entries(tree.read(path).value_or(""), entries);
  }
  return entries;
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
  const auto entries = read_entries(tree, not_from);
  const std::string release = codename(tree);
  const auto wanted = suites.empty() ? std::vector<std::string>{release} : suites;
  const auto matches = [&](const Entry& entry) {
    // A CD-ROM has no other components than those it was pressed with.
    return !entry.uris.empty() && !entry.uris.front().starts_with("cdrom:") &&
           std::any_of(wanted.begin(), wanted.end(),
                       [&](const auto& suite) { return contains(entry.suites, suite); });
  };
  const auto found = std::find_if(entries.begin(), entries.end(), matches);
  if (found == entries.end()) return std::nullopt;
  DistributionArchive archive{found->uris, suites, found->signed_by};
  if (!suites.empty()) return archive;
  for (const auto& suite : {release, release + "-updates"}) {
    const bool configured = std::any_of(entries.begin(), entries.end(), [&](const Entry& entry) {
      return entry.uris == found->uris && contains(entry.suites, suite);
    });
    if (configured) archive.suites.push_back(suite);
  }
  return archive;
}

}  // namespace rigsetup
