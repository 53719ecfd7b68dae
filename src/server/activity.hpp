// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <rigsetup/event/reporter.hpp>
#include <rigsetup/event/standstill.hpp>

#include "server/access.hpp"

namespace rigsetup::server {

/// What requests that take long are at now, each under the token that its client chose; in memory, as long as
/// the request is answered. Any thread.
class Activities {
 public:
  /// Tells of one request; it is forgotten with this object. Without a token it tells nobody.
  class Telling final : public Reporter {
   public:
    Telling(Activities& activities, std::string token)
        : activities_(activities), token_(std::move(token)), standstill_(std::chrono::steady_clock::now()) {}
    Telling(const Telling&) = delete;
    ~Telling() override;
    void progress(Progress progress) override;
    void busy(const std::string& what, std::chrono::seconds time) override;
    void phase_ended(const std::string&, std::chrono::milliseconds, std::uint64_t,
                     const std::string&) override {}
    void finding(const std::string&, const std::string&) override {}
    void say(std::string label);

   private:
    Activities& activities_;
    void show(const Progress& progress);
    const std::string token_;
    Standstill standstill_;  ///< under the mutex of all
  };

  /// Throws Error(invalid) for a token that is none, and Error(conflict) for one that is in use.
  std::unique_ptr<Telling> begin(const std::string& token, const Peer& peer);
  /// For whoever asked, and root. Throws Error(not_found).
  Progress find(const std::string& token, const Peer& peer) const;

 private:
  struct Entry {
    uid_t owner = 0;
    Progress progress;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
};

}  // namespace rigsetup::server
