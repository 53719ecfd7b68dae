// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/fetch/downloads.hpp>

namespace rigsetup::test {

/// An internet of URLs and what they serve. A URL that is not in it is "HTTP 404". Any thread.
class FakeDownloads final : public Downloads {
 public:
  void serve(const std::string& url, std::string bytes) {
    std::lock_guard lock(mutex_);
    failures_.erase(url);
    served_[url] = std::move(bytes);
  }
  /// Every fetch of that URL throws this, until it is served again.
  void fail(const std::string& url, Error error) {
    std::lock_guard lock(mutex_);
    failures_.insert_or_assign(url, std::move(error));
  }
  std::vector<std::string> fetched() const {
    std::lock_guard lock(mutex_);
    return fetched_;
  }

  void fetch(const Download& download, const Watcher& watcher, std::stop_token stop) override {
    if (stop.stop_requested()) throw Cancelled();
    const std::string bytes = bytes_of(download.url);
    if (download.limit != 0 && bytes.size() > download.limit) {
      throw Error(Code::network, "cannot fetch " + download.url + ": it is larger than the limit");
    }
    if (!download.sha256.empty() && sha256_hex(bytes) != download.sha256) {
      throw Error(Code::conflict, "cannot use " + download.url + ": its SHA-256 is " + sha256_hex(bytes) +
                                      ", expected " + download.sha256);
    }
    if (watcher) watcher({bytes.size(), bytes.size()});
    std::ofstream file(download.to, std::ios::binary);
    file << bytes;
    if (!file.flush()) throw Error(Code::io, "cannot write " + download.to.string());
  }

 private:
  std::string bytes_of(const std::string& url) {
    std::lock_guard lock(mutex_);
    fetched_.push_back(url);
    if (auto failure = failures_.find(url); failure != failures_.end()) throw failure->second;
    if (auto found = served_.find(url); found != served_.end()) return found->second;
    throw Error(Code::network, "cannot fetch " + url + ": the server says 404 (not found)");
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::string> served_;
  std::map<std::string, Error> failures_;
  std::vector<std::string> fetched_;
};

}  // namespace rigsetup::test
