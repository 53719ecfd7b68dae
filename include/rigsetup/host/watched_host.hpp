// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <stop_token>
#include <utility>

#include <rigsetup/host/host.hpp>

namespace rigsetup {

/// Programs that tell what they are at to one listener, unless a command or a watcher has its own.
class WatchedPrograms final : public Programs {
 public:
  WatchedPrograms(Programs& programs, Busy busy) : programs_(programs), busy_(std::move(busy)) {}
  Finished run(const Command& command, std::stop_token stop) override;
  Finished run_job(const Job& job, const JobWatcher& watcher, std::stop_token stop) override;
  Finished adopt_job(const std::filesystem::path& folder, const JobWatcher& watcher,
                     std::stop_token stop) override;

 private:
  JobWatcher heard(const JobWatcher& watcher) const;
  Programs& programs_;
  const Busy busy_;
};

/// The host as one piece of work uses it: all that it runs there tells what it is at. Refers to the host that
/// it watches. One for each piece of work; any thread.
class WatchedHost {
 public:
  WatchedHost(const Host& host, Busy busy)
      : programs_(host.programs, std::move(busy)),
        host_{host.files, programs_, host.clock, host.machine, host.described} {}
  WatchedHost(const WatchedHost&) = delete;
  const Host& host() const { return host_; }

 private:
  WatchedPrograms programs_;
  const Host host_;
};

}  // namespace rigsetup
