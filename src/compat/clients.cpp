// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/base/version.hpp>
#include <rigsetup/compat/clients.hpp>

#include "compat/read.hpp"

namespace rigsetup::compat {
namespace {

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void read_client(const std::string& key, Row& row, ClientReleases& releases) {
  ClientRelease release;
  release.version = key;
  row.must_have("url");
  release.url = row.text("url");
  release.sha256 = row.text("sha256");
  release.basis = row.basis();
  if (!release.sha256.empty() && !is_sha256(release.sha256)) {
    row.complain(format("\"{}\" is no SHA-256", excerpt(release.sha256)), "64 hex digits in lower case");
  }
  if (release.sha256.empty() && release.basis.confirmed) {
    row.complain("a release without \"sha256\" cannot be used", "give it, or say confirmed: false");
  }
  if (row.sound()) releases[key] = std::move(release);
}

}  // namespace

void read_micromamba(const std::string& key, Row& row, Tables& tables) {
  read_client(key, row, tables.clients.micromamba);
}

void read_miniforge(const std::string& key, Row& row, Tables& tables) {
  read_client(key, row, tables.clients.miniforge);
}

const ClientRelease* newest_usable(const ClientReleases& releases) {
  const ClientRelease* newest = nullptr;
  for (const auto& [version, release] : releases) {
    if (!release.usable()) continue;
    if (newest == nullptr || compare_debian(version, newest->version) > 0) newest = &release;
  }
  return newest;
}

}  // namespace rigsetup::compat
