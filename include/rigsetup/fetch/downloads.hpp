// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/host/programs.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

namespace rigsetup {

struct Download {
  std::string url;           ///< https, http or file
  std::filesystem::path to;  ///< on the machine; written as PATH.part, synced and renamed when complete
  std::string sha256;        ///< hex; empty: not compared
  std::uint64_t limit = 0;   ///< refuse more bytes than this; 0: no limit
};

/// Fetches files. The seam that tests replace. Any thread.
class Downloads {
 public:
  using Watcher = std::function<void(std::uint64_t done, std::uint64_t total)>;  ///< bytes; total 0: not known
  virtual ~Downloads() = default;
  /// Resumes a part that is there, retries what may pass (connection lost, 5xx, 429) with back-off. Throws
  /// Error(network) with the URL and the cause, Error(conflict) for a wrong hash, Error(io) for the disk, Cancelled.
  virtual void fetch(const Download& download, const Watcher& watcher, std::stop_token stop) = 0;
};

/// Through libcurl in the helper program `fetch`, so that its memory and its crashes stay out of the daemon.
class CurlDownloads final : public Downloads {
 public:
  CurlDownloads(Programs& programs, std::filesystem::path libexec);
  void fetch(const Download& download, const Watcher& watcher, std::stop_token stop) override;

 private:
  Programs& programs_;
  std::filesystem::path libexec_;
};

}  // namespace rigsetup
