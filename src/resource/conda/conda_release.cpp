// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_release.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

std::string versions_of(const compat::ClientReleases& releases) {
  std::vector<std::string> versions;
  for (const auto& [version, release] : releases) versions.push_back(version);
  return versions.empty() ? "no release" : join(versions, ", ");
}

}  // namespace

std::optional<compat::ClientRelease> release_for(const Step& step, std::string_view client,
                                                 const compat::ClientReleases& releases,
                                                 Complaints& complaints) {
  const Fields& fields = step.fields;
  const std::string version = fields.text("version");
  compat::ClientRelease release;
  if (const auto row = releases.find(version); row != releases.end()) {
    release = row->second;
  } else if (!version.empty()) {
    release.version = version;
  } else if (const auto* newest = compat::newest_usable(releases)) {
    release = *newest;
  }
  if (fields.has("url")) release.url = fields.text("url");
  if (fields.has("sha256")) release.sha256 = fields.text("sha256");
  if (version.empty() && fields.has("sha256")) {
    complaints.push_back({fields.place("sha256"), "a file with a digest of its own needs its version, too",
                          "version: of the release, as 2.9.0-0"});
    return std::nullopt;
  }
  if (release.url.empty()) {
    complaints.push_back({fields.place("version"),
                          format("where {} {} can be had is not known", client, excerpt(release.version)),
                          format("the tables have {}; or give its url and sha256", versions_of(releases))});
    return std::nullopt;
  }
  if (release.sha256.empty()) {
    complaints.push_back({fields.place("version"),
                          format("the SHA-256 of {} {} is not known", client, excerpt(release.version)),
                          "give sha256 in the step, or a row in /etc/rigsetup/compat.d"});
    return std::nullopt;
  }
  return release;
}

void check_download(const Fields& fields, Complaints& complaints) {
  const std::string url = fields.text("url");
  if (!url.empty() && url.find("://") == std::string::npos) {
    complaints.push_back({fields.place("url"), format("\"{}\" is not a URL", excerpt(url)),
                          "https://..., or file:///... for a file that is there"});
  }
  const std::string sha256 = fields.text("sha256");
  const bool is_digest =
      sha256.size() == 64 && sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!sha256.empty() && !is_digest) {
    complaints.push_back({fields.place("sha256"), format("\"{}\" is not a SHA-256", excerpt(sha256)),
                          "64 hex digits in lower case, as sha256sum prints them"});
  }
}

}  // namespace rigsetup
