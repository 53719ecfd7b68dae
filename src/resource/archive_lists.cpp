// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/archive_lists.hpp"

#include <rigsetup/base/format.hpp>

namespace rigsetup {
namespace {

/// The name that apt gives to the list of this address: without scheme and user, quoted, with '_' for '/'.
std::string list_name(std::string_view address) {
  if (const auto scheme = address.find(':'); scheme != std::string_view::npos)
    address.remove_prefix(scheme + 1);
  if (address.starts_with("//")) address.remove_prefix(2);
  std::string name;
  for (const unsigned char c : address) {
    constexpr std::string_view k_quoted = "\\|{}[]<>\"^~_=!@#$%^&*";
    if (c == '/') {
      name += '_';
    } else if (c <= 0x20 || c >= 0x7f || k_quoted.find(static_cast<char>(c)) != std::string_view::npos) {
      name += format("%{:02x}", c);
    } else {
      name += static_cast<char>(c);
    }
  }
  return name;
}

/// Where the Release file of a suite lies: flat repositories end in '/', "/" alone is the URI itself.
std::string release_folder(std::string uri, const std::string& suite) {
  if (!uri.ends_with('/')) uri += '/';
  if (suite == "/") return uri;
  return suite.ends_with('/') ? uri + suite : uri + "dists/" + suite + "/";
}

}  // namespace

std::string missing_list(const apt::Source& source, const Tree& tree) {
  const std::filesystem::path lists = "/var/lib/apt/lists";
  for (const auto& uri : source.uris) {
    for (const auto& suite : source.suites) {
      const auto folder = release_folder(uri, suite);
      if (!tree.info(lists / list_name(folder + "InRelease")) &&
          !tree.info(lists / list_name(folder + "Release"))) {
        return folder;
      }
    }
  }
  return "";
}

}  // namespace rigsetup
