// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <string>

#include "tests/support/apt_archive.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/temporary_folder.hpp"

namespace rigsetup::test {

/// A repository shaped like NVIDIA's flat ones for Ubuntu, on a loopback server: tiny packages under the
/// real names, with the real versions, dependencies and maintainer scripts that matter. Toolkits 12.6, 12.9
/// and 13.0, whose nvcc answers as the real one and whose programs find no GPU; cuDNN sets; drivers from 570
/// to 615 and the packages that pin them; and the metas that drag a driver along. Nothing is ever withdrawn.
class NvidiaArchive {
 public:
  NvidiaArchive();
  /// The shipped tables of what fits what, with this repository in place of NVIDIA's, into the folder of a
  /// daemon's recipes.
  void write_tables(const std::filesystem::path& recipes) const;
  std::string url() const;
  /// A further release of the driver ("595.99.02"), with its pinning package.
  void offer_driver(const std::string& upstream);
  /// Its server is in trouble from now on.
  void break_down();
  /// The repository as a source of apt's, for a root that is set up by hand.
  void make_known(const std::filesystem::path& root) const;

 private:
  void add_toolkit(const std::string& release, const std::string& version);
  void add_cudnn(const std::string& version, const std::string& cuda);
  void add_driver(const std::string& upstream);
  Deb keyring() const;

  TemporaryFolder folder_;
  AptArchive archive_{folder_ / "repository"};
  HttpServer server_{folder_ / "repository"};
};

}  // namespace rigsetup::test
