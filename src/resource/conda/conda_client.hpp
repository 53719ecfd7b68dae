// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/base/error.hpp>
#include <rigsetup/host/programs.hpp>

#include "resource/conda/conda_lock.hpp"

/// How micromamba is talked to: what it is called with, and what its answers mean.
namespace rigsetup {

/// One environment as its client is called for it.
struct CondaClient {
  std::filesystem::path engine;
  std::filesystem::path prefix;
  std::filesystem::path work;      ///< the owner's, below the prefix: what the client keeps for itself
  std::filesystem::path archives;  ///< root's, for everybody to read: packages that were downloaded
  std::vector<std::string> channels;
  std::string cuda;  ///< "12.9", of the driver that there will be; empty: none
  Owner owner;

  /// Packages that these specs come to; nothing is changed.
  Command dry_run(const std::vector<std::string>& specs) const;
  /// Installs them from the archives; the network is not used.
  Command install(const std::vector<std::string>& specs) const;
  /// Installs what an explicit file names, whether it is there or not.
  Command install_explicit(const std::filesystem::path& file) const;
  /// Takes away these packages and no other.
  Command remove(const std::vector<std::string>& names) const;

 private:
  Command command(std::vector<std::string> words, const std::vector<std::string>& names) const;
};

/// What a client says at its end, in JSON.
struct CondaAnswer {
  bool said = false;  ///< it said anything at all
  bool success = false;
  std::vector<CondaArchive> link;     ///< all that it would put there
  std::vector<std::string> problems;  ///< why no set of packages is what was asked for
};
/// The last document in a client's output, which may have other lines around it.
CondaAnswer read_conda_answer(std::string_view output);

/// Why a client failed, in one sentence and without passwords, from all that it wrote.
Error conda_failure(const CondaAnswer& answer, const Finished& finished, const std::string& doing);

}  // namespace rigsetup
