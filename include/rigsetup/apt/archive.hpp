// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <rigsetup/apt/transaction.hpp>
#include <rigsetup/event/reporter.hpp>
#include <rigsetup/host/host.hpp>

namespace rigsetup::apt {

class Scratch;
struct Listed;

struct Settings {
  std::filesystem::path scratch;  ///< folder for scratch lists, root only; below the state directory
  std::chrono::seconds lists_max_age{3600};  ///< lists not older than this are not fetched again
  std::chrono::seconds lock_timeout{600};    ///< how long to wait for dpkg's and the lists' locks
  int tries = 4;                             ///< of a download that failed for a passing reason
  bool may_fetch = true;  ///< false: lists as old as they are; one that was never fetched is Error(denied)
};

/// One version of a package that a repository has; origin and label as its release file names them.
struct Offer {
  std::string package;
  std::string version;
  std::string origin;
  std::string label;
  std::vector<PackageName> needs = {};  ///< where asked for: versions that it insists on, without a choice
};

/// Packages by their names, as a shell's patterns.
struct Question {
  std::vector<std::string> patterns;
  std::vector<std::string> with_needs = {};  ///< those of them whose needs are told as well
};

/// What the repositories of one target offer: its own sources and those that a recipe is about to add, as
/// scratch lists outside the target. Nothing of the target is changed, no lock of apt's is taken. One thread
/// at a time.
class Archive {
 public:
  Archive(const Host& host, Settings settings);

  /// Brings keys and lists of the target's own sources and of `sources` up to date; the only network of
  /// planning. Throws Error(network) for a dead server, Error(conflict) for a bad signature or a key that is
  /// not the one the recipe names; passing faults are tried again with back-off.
  void prepare(const std::vector<Source>& sources, Reporter& reporter, std::stop_token stop);

  /// Resolves each stage on the simulated result of those before it. `repaired`: dpkg's half states count as
  /// repaired. Throws Error(not_found) for an unknown package or version (with near names), Error(conflict)
  /// for what cannot be resolved, with apt's reason.
  /// `busy` hears what the resolver is at.
  std::vector<Transaction> resolve(const std::vector<Stage>& stages, bool repaired, std::stop_token stop,
                                   const Busy& busy = {});

  /// Every version of the packages in question, in the lists that prepare() has brought of the target's own
  /// sources and of these.
  std::vector<Offer> offers(const std::vector<Source>& sources, const Question& question,
                            std::stop_token stop, const Busy& busy = {});

  /// Verifies the scratch lists of the sources that are configured in the target now, and puts them in apt's
  /// place under apt's lock. Fetches what is not there. Used while applying.
  void publish(Reporter& reporter, std::stop_token stop);
  /// Are lists of this source in apt's place?
  bool published(const Source& source) const;

  std::chrono::system_clock::time_point lists_time() const;  ///< when the lists were fetched last

 private:
  Scratch open_scratch(std::stop_token stop) const;
  std::vector<Listed> fetched(std::vector<Listed> repositories) const;
  void fetch(Scratch& scratch, const std::vector<Listed>& repositories, Reporter& reporter,
             std::stop_token stop) const;

  const Host& host_;
  Settings settings_;
  std::filesystem::path folder_;
};

/// Compares the key with the fingerprint; Error(conflict) names both when they differ, or when there are more
/// keys.
void verify_key(const Source& source, const Host& host, std::stop_token stop);

Repair find_repair(const Tree& tree);
/// Who changes packages at the moment: "apt-get (812)"; nothing: nobody does.
std::optional<std::string> who_changes_packages(const Tree& tree);

/// Where the jobs of one piece of work live and what it tells.
struct Work {
  const Host& host;
  const Settings& settings;
  Reporter& reporter;
  std::filesystem::path jobs;  ///< folder for job folders, exists
  std::filesystem::path log;   ///< of the step
  std::stop_token stop;
};

/// Shows what the status lines of an apt-get job tell; for a job that an earlier daemon started.
JobWatcher progress_watcher(Reporter& reporter);

/// Finishes what an interrupted dpkg left, in the order that converges; throws Error(program) if it does not.
void repair(const Work& work);

/// Makes the transaction true, version by version. What of it is done already (after a crash) is left alone.
/// Throws Error(conflict) when a simulation just before differs from the plan, Error(busy) when a lock is not
/// free in time and Error(program) with dpkg's own words and the package when a package fails.
void apply(const Transaction& transaction, Archive& archive, const Work& work);

}  // namespace rigsetup::apt
