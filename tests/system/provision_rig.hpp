// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include <rigsetup/data/value.hpp>

#include "tests/support/apt_archive.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/running_daemon.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_root.hpp"

namespace rigsetup::test {

/// A signed archive on a loopback server: "app" 2.0 needs "lib", "tool" 1.5, "rival" conflicts with "tool",
/// and "slow", whose postinst says that it has begun and waits until it may go on; "big", a megabyte that
/// comes slowly, "stalling", of which nothing comes for eight seconds, twice, "dozing", whose postinst waits,
/// and "module", whose postinst has a compiler at work in DKMS's folder, each until /var/cache/NAME-may-go is
/// there. Can serve several machines.
class Shop {
 public:
  Shop();
  /// Steps of a recipe (YAML, indented by two): the archive, with its key "shop.asc" beside the recipe.
  std::string repository_step() const;
  void write_key(const std::filesystem::path& folder) const;
  /// From now on it offers "app" in this version, and the one before no more. `conflicts`: with this package.
  void renew_app(const std::string& version, const std::string& conflicts = {});
  void offer(const Deb& deb);
  void withdraw(const Deb& deb);
  /// In a flat repository of another origin, signed with the same key, which this step brings.
  void offer_elsewhere(const Deb& deb);
  std::string other_repository_step() const;

 private:
  TemporaryFolder folder_;
  AptArchive archive_{folder_ / "repository"};
  HttpServer server_{folder_ / "repository"};
  std::string app_ = "2.0";
};

/// What a client said, and how it ended.
struct Said {
  int status = -1;  ///< exit status; -1: a signal
  std::string out;
  std::string errors;
};
std::string shown(const Said& said);  ///< what a user would look at when it went wrong

/// The built `rigsetup` as a process without a terminal. Killed at the end, if it still runs.
class Client {
 public:
  Client(const std::filesystem::path& socket, std::vector<std::string> words);
  Client(const Client&) = delete;
  ~Client();
  Said wait();
  void kill();  ///< SIGKILL; waits for its end

 private:
  TemporaryFolder folder_;
  pid_t pid_ = -1;
};

/// One machine to provision: a real minimal root, a daemon, and whoever types commands. Used by one thread,
/// whose mounts the daemon sees.
struct Machine {
  /// `packages`: of the distribution, in its root from the beginning.
  explicit Machine(const Shop& shop, const std::vector<std::string>& packages = {});

  void start() { daemon.emplace(bed); }
  /// Writes the recipe: the archive, then these steps (YAML, indented by two). `policy`: a line of it.
  void want(const std::string& steps, const std::string& policy = {}) const;
  std::filesystem::path recipe() const { return bed.folder / "recipe.yaml"; }
  Said rigsetup(std::vector<std::string> words) const;
  Said plan() const { return rigsetup({"plan", recipe(), "--root", root.path()}); }
  Said apply() const { return rigsetup(apply_words()); }
  /// A verb on the machine's root: on("status"), on("apply", {"-y", "--prune"}).
  Said on(const std::string& verb, std::vector<std::string> more = {}) const;
  std::vector<std::string> apply_words() const { return {"apply", "-y", recipe(), "--root", root.path()}; }

  /// "1.0", or dpkg's status when it is not "installed"; empty when absent.
  std::string version(const std::string& package) const;
  bool slow_has_begun() const { return std::filesystem::exists(root / "var/cache/slow-began"); }
  void let_slow_go() const;
  /// Path, type, mode, owner and content of all that matters; no times.
  std::string content() const;
  /// Path, mode, owner, size and times of everything.
  std::string listing_with_times() const;
  /// The ids of the latest run's steps with this outcome.
  std::vector<std::string> steps_that(const std::string& outcome) const;
  std::string latest_outcome() const;
  /// Of the job that goes on now: its supervisor, and everything below it.
  std::vector<pid_t> job_processes() const;

  const Shop& shop;
  TestRoot root;  // before the daemon: it brings the mount namespace
  Bed bed;
  std::optional<RunningDaemon> daemon;
};

/// A machine with its shop and a daemon that runs.
struct Bench {
  Bench() { machine.start(); }
  Said plan(std::vector<std::string> more = {}) const { return on_recipe("plan", std::move(more)); }
  Said apply(std::vector<std::string> more = {}) const;  ///< with -y
  Said on_recipe(const std::string& verb, std::vector<std::string> more) const;

  Shop shop;
  Machine machine{shop};
};

}  // namespace rigsetup::test
