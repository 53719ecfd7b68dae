// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <utility>

#include <rigsetup/host/programs.hpp>

namespace rigsetup {

struct Download {
  std::string url;           ///< https, http or file
  std::filesystem::path to;  ///< on the machine; written as PATH.part, synced and renamed when complete
  std::string sha256;        ///< hex; empty: not compared
  std::uint64_t limit = 0;   ///< refuse more bytes than this; 0: no limit
};

/// Where a download is.
struct Loading {
  std::uint64_t done = 0;   ///< bytes
  std::uint64_t total = 0;  ///< 0: not known
  std::string what =
      {};  ///< "from HOST", or why nothing comes: "connecting to HOST", "trying again in 2 s ..."
};

/// Fetches files. The seam that tests replace. Any thread.
class Downloads {
 public:
  using Watcher = std::function<void(const Loading& loading)>;
  virtual ~Downloads() = default;
  /// Resumes a part that is there, retries what may pass (connection lost, 5xx, 429) with back-off. Throws
  /// Error(network) with the URL and the cause, Error(conflict) for a wrong hash, Error(io) for the disk,
  /// Cancelled.
  virtual void fetch(const Download& download, const Watcher& watcher, std::stop_token stop) = 0;
};

/// Through libcurl in the helper program `fetch`, so that its memory and its crashes stay out of the daemon.
class CurlDownloads final : public Downloads {
 public:
  explicit CurlDownloads(Programs& programs) : programs_(programs) {}
  void fetch(const Download& download, const Watcher& watcher, std::stop_token stop) override;

 private:
  Programs& programs_;
};

/// Downloads that tell one watcher where they are, unless a caller has its own.
class WatchedDownloads final : public Downloads {
 public:
  WatchedDownloads(Downloads& downloads, Watcher watcher)
      : downloads_(downloads), watcher_(std::move(watcher)) {}
  void fetch(const Download& download, const Watcher& watcher, std::stop_token stop) override {
    downloads_.fetch(download, watcher ? watcher : watcher_, stop);
  }

 private:
  Downloads& downloads_;
  const Watcher watcher_;
};

}  // namespace rigsetup
