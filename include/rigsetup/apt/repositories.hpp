// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rigsetup/host/tree.hpp>

namespace rigsetup::apt {

/// One stanza about binary packages, in the form of sources.list(5) "deb822", whatever form it was written
/// in.
class Repository {
 public:
  std::string get(std::string_view field) const;  ///< empty when absent; field names have no case
  std::vector<std::string> words(std::string_view field) const;
  void set(std::string_view field, std::string value);
  std::string text() const;
  /// "URI SUITE" of each of its lists, the URI with one slash at its end.
  std::vector<std::string> places() const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// A file of repositories: "sources.list", or the name of a file in sources.list.d.
struct RepositoryFile {
  std::string name;
  std::vector<Repository> repositories;
  std::string text() const;
};

std::vector<Repository> parse_deb822(std::string_view text);
std::vector<Repository> parse_one_line_style(std::string_view text);

/// The repositories of binary packages that are configured and enabled in the target, in apt's order.
std::vector<RepositoryFile> read_repositories(const Tree& tree);

/// The name apt gives a file in its lists folder, from the address it came from.
std::string list_name(std::string_view address);
/// The address of a repository's folder of release files: "URI/dists/SUITE/", or "URI/SUITE" of a flat one.
std::string release_address(std::string_view place);

}  // namespace rigsetup::apt
