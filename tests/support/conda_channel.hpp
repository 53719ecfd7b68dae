// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace rigsetup::test {

struct CondaFile {
  std::string path;     ///< "bin/tool"; of noarch Python packages "site-packages/x.py", "python-scripts/x"
  std::string content;  ///< "{PREFIX}" in it becomes the environment's path when it is installed
  bool executable = false;
  std::string link = {};  ///< where it leads, instead of content
};

/// A conda package to be built.
struct CondaPackage {
  std::string name;
  std::string version = "1.0";
  std::string build = "0";
  int build_number = 0;
  std::vector<std::string> depends = {};
  std::vector<CondaFile> files = {};
  std::string subdir = "linux-64";  ///< or "noarch"
  bool noarch_python = false;
  bool tar_bz2 = false;  ///< the old format, instead of .conda
  std::vector<std::string> constrains = {};
  std::size_t size = 0;            ///< bytes of further content, always the same ones
  std::string listed_sha256 = {};  ///< what the index says instead of the truth
};

struct CondaArtifact {
  std::string path;  ///< below the channel: "linux-64/numpy-1.0-0.conda"
  std::string md5;
  std::string sha256;
  std::uint64_t size = 0;
};

/// Writes a channel with these packages (its folder may serve by HTTP or as file://), with repodata.json and
/// repodata.json.zst of linux-64 and noarch. By "NAME-VERSION-BUILD". Needs python3 and zstd.
std::map<std::string, CondaArtifact> write_conda_channel(const std::filesystem::path& folder,
                                                         const std::vector<CondaPackage>& packages);

/// Puts the stand-in for micromamba where the real one would be. What it does:
/// tests/support/stand_in_micromamba.
void install_stand_in_micromamba(const std::filesystem::path& to);
std::filesystem::path stand_in_micromamba();

}  // namespace rigsetup::test
