// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include <rigsetup/journal/journal.hpp>
#include <rigsetup/run/run_thread.hpp>
#include <rigsetup/run/target.hpp>

#include "server/activity.hpp"
#include "server/plan_memory.hpp"

namespace rigsetup::server {

/// Who works on a root now: plans, checks and the start of a run take turns, because they share the root's
/// scratch lists. Any thread.
class RootTurns {
 public:
  class Turn {
   public:
    Turn(RootTurns& turns, std::string root) : turns_(turns), root_(std::move(root)) {}
    Turn(const Turn&) = delete;
    ~Turn() { turns_.end(root_); }

   private:
    RootTurns& turns_;
    std::string root_;
  };
  /// Waits until nobody works on the root; throws Cancelled on stop.
  Turn wait_for(const std::string& root, std::stop_token stop);

 private:
  void end(const std::string& root);
  std::mutex mutex_;
  std::condition_variable_any ended_;
  std::set<std::string> busy_;
};

/// All that answering requests needs; one for the daemon. Any thread.
struct Backend {
  const Settings& settings;
  Journal& journal;
  RunThread& runs;
  PlanMemory plans = {};
  RootTurns turns = {};
  Activities activities = {};
  std::mutex starting = {};  ///< held while a run is started or resumed
};

/// "/" for an empty text, else the folder without links and dots, so that one tree has one name. Throws
/// Error(not_found) or Error(invalid).
std::string canonical_root(const std::string& root);
/// The same, where a folder that describes the machine may be given: without a root it is the target, too.
std::string root_for(const std::string& root, const std::string& rig);

/// The run that goes on. One whose end is recorded does not any more, also while its things are still put
/// away.
std::optional<std::int64_t> going_on(const Backend& backend);

/// The run that goes on on that root.
std::optional<std::int64_t> going_on(const Backend& backend, const std::string& root);

/// Throws Error(busy) while a run goes on on that root.
void require_no_run(const Backend& backend, const std::string& root, std::string_view doing);

/// A folder below the state directory that lasts as long as one request.
class ScratchFolder {
 public:
  explicit ScratchFolder(const Settings& settings);
  ScratchFolder(const ScratchFolder&) = delete;
  ~ScratchFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace rigsetup::server
