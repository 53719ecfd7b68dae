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
  std::string text = "Types: deb\n";
  text += "URIs: " + join(uris, " ") + "\n";
  text += "Suites: " + join(suites, " ") + "\n";
  if (!components.empty()) text += "Components: " + join(components, " ") + "\n";
  if (!architectures.empty()) text += "Architectures: " + join(architectures, " ") + "\n";
  if (!common_trust) text += "Signed-By: " + key_path() + "\n";
  return text;
}

}  // namespace rigsetup::apt
