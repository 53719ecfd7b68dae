// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/apt/package.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::apt {

std::string Source::key_path() const {
  if (common_trust) return "";
  if (!installed_key.empty()) return installed_key;
  const bool armored = trim(key).starts_with("-----BEGIN");
  return "/etc/apt/keyrings/" + name + (armored ? ".asc" : ".gpg");
}

std::string Source::file_path() const { return "/etc/apt/sources.list.d/" + name + ".sources"; }

std::string Source::deb822() const {
  const auto stanza = [&](const auto& its_uris, const auto& its_suites, const std::string& signed_by) {
    std::string text = "Types: deb\n";
    text += "URIs: " + join(its_uris, " ") + "\n";
    text += "Suites: " + join(its_suites, " ") + "\n";
    if (!components.empty()) text += "Components: " + join(components, " ") + "\n";
    if (!architectures.empty()) text += "Architectures: " + join(architectures, " ") + "\n";
    if (!signed_by.empty()) text += "Signed-By: " + signed_by + "\n";
    return text;
  };
  std::string text = stanza(uris, suites, key_path());
  for (const Elsewhere& more : elsewhere) text += "\n" + stanza(more.uris, more.suites, more.installed_key);
  return text;
}

}  // namespace rigsetup::apt
