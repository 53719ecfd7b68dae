// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace rigsetup::fetch {

struct Request {
  std::string url;
  std::filesystem::path to;
  std::string sha256;       ///< empty: not compared
  std::uint64_t limit = 0;  ///< 0: none
  // How patient it is.
  int attempts = 5;                             ///< in a row without a new byte
  std::chrono::milliseconds first_pause{1000};  ///< before the second attempt; doubled for each further one
  std::chrono::seconds stall{60};               ///< without a byte before an attempt is given up
};

/// total 0: not known. `what`: "from HOST", or why nothing comes.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total, const std::string& what)>;

/// Fetches one file, with as many attempts as it takes. Throws Error as Downloads::fetch says.
void transfer(const Request& request, const Progress& progress);

}  // namespace rigsetup::fetch
