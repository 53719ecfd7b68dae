// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/archive_lists.hpp"

#include <rigsetup/apt/repositories.hpp>

namespace rigsetup {

std::string missing_list(const apt::Source& source, const Tree& tree) {
  const std::filesystem::path lists = "/var/lib/apt/lists";
  for (const auto& repository : apt::parse_deb822(source.deb822())) {
    for (const auto& place : repository.places()) {
      const auto address = apt::release_address(place);
      const auto name = apt::list_name(address);
      if (!tree.info(lists / (name + "InRelease")) && !tree.info(lists / (name + "Release"))) return address;
    }
  }
  return "";
}

}  // namespace rigsetup
