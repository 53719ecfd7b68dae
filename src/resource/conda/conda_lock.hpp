// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/base/error.hpp>

namespace rigsetup {

/// A package as an archive that can be downloaded.
struct CondaArchive {
  std::string url;
  std::string sha256;      ///< hex; empty: not known
  std::string md5;         ///< likewise
  std::uint64_t size = 0;  ///< 0: not known
  std::string name;
  std::string version;
  std::string build;
  std::string dist() const { return name + "-" + version + "-" + build; }
  std::string file() const;  ///< "numpy-1.26.4-py312_0.conda"
};

/// The archive of a URL, from its last part "NAME-VERSION-BUILD.conda" or ".tar.bz2"; nothing if it is none.
std::optional<CondaArchive> parse_conda_url(std::string_view url);

/// A Python package that pip is to install from its URL.
struct PipArchive {
  std::string name;  ///< normalised
  std::string version;
  std::string url;
  std::string sha256;
  std::string requirement() const;  ///< a line of a requirements file
};

struct CondaLock {
  std::vector<CondaArchive> archives;
  std::vector<PipArchive> pip;
};
/// Every package of an environment, with a hash each, as a lock file names them: what `conda list --explicit
/// --sha256` prints, or a conda-lock.yml of version 1, of which what is for this platform is taken. What is
/// wrong is complained of with its place in `file`.
CondaLock read_conda_lock(std::string_view text, const std::string& file, Complaints& complaints);

/// The same as a client takes it, which then solves nothing.
std::string explicit_text(const std::vector<CondaArchive>& archives);

/// A URL without the password that may be in it, for messages.
std::string masked_url(std::string_view url);
bool has_password(std::string_view url);

}  // namespace rigsetup
