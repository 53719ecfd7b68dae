// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/text.hpp>

#include "facts/stack.hpp"

namespace rigsetup {
namespace {

/// Looks at the first letters only, for speed: most lines of the file are descriptions and conffiles.
void read_line(std::string_view line, DpkgPackage& package) {
  const auto take = [&](std::string_view field, std::string& member) {
    if (line.starts_with(field)) member = trim(line.substr(field.size()));
  };
  take("Package:", package.name);
  take("Architecture:", package.architecture);
  take("Version:", package.version);
  take("Maintainer:", package.maintainer);
  if (line.starts_with("Status:")) {
    const auto words = split_words(line);
    package.state = words.back();  // "Status: install ok installed"
  }
}

}  // namespace

std::vector<DpkgPackage> read_dpkg(const Tree& target) {
  constexpr std::size_t k_largest = std::size_t{256} << 20;
  std::vector<DpkgPackage> packages;
  DpkgPackage package;
  const auto end_of_stanza = [&] {
    if (!package.name.empty()) packages.push_back(std::move(package));
    package = {};
  };
  const auto text = target.read("/var/lib/dpkg/status", k_largest).value_or("");
  for (std::string_view rest = text; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty()) end_of_stanza();
    read_line(line, package);
  }
  end_of_stanza();
  return packages;
}

}  // namespace rigsetup
