// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rigsetup/event/event.hpp>
#include <rigsetup/event/run_state.hpp>

namespace rigsetup {

/// What a run needs to be understood and gone on with after a crash: all that was agreed to. Texts, so that
/// the journal knows no recipe and no plan.
struct StoredRun {
  std::string recipe_file;  ///< as the caller named it
  std::string recipe_text;
  std::map<std::string, std::string> attachments;  ///< name as in the recipe -> bytes
  std::string plan;                                ///< JSON
};

struct RunLine {
  std::int64_t id = 0;
  std::chrono::system_clock::time_point started;
  std::optional<std::chrono::system_clock::time_point> ended;
  std::string recipe;
  std::string root;
  std::string user;
  RunOutcome outcome = RunOutcome::running;
};

/// A thing that rigsetup made on a root, and by which step it was.
struct Owned {
  Thing thing;
  std::int64_t run = 0;
  std::string step;
};

/// The latest result of one check, kept beyond its run so that `status` can show it with its time.
struct CheckResult {
  std::string root;
  std::string key;  ///< kind and digest of the step's fields: another check is another key
  std::string step;
  Outcome outcome = Outcome::passed;
  std::string reason;
  std::vector<Evidence> evidence;
  std::vector<Fault> faults;
  std::chrono::system_clock::time_point time;
};

/// The durable order of events, and the one outlet: persist, number, wake. SQLite with WAL and
/// synchronous=FULL. Any thread. What cannot be stored is an Error(io) and nothing of it is stored; the file
/// stays intact.
class Journal {
 public:
  /// Opens or makes the database and brings an older format up to date; refuses a newer one.
  explicit Journal(const std::filesystem::path& file);
  Journal(const Journal&) = delete;
  ~Journal();

  /// A new run with its first record, in one transaction. Returns the run's id; ids count from 1.
  std::int64_t begin(const StoredRun& stored, const RunStarted& started);
  /// `percent`: how far the run is with it. What was told of that before is recorded at least, so that a
  /// daemon that comes later tells nobody less.
  Record append(std::int64_t run, Event event, int percent = 0);
  /// Latest-value slot of a step or, without one, of the run; in memory only. Those of steps are forgotten
  /// when the run ends or has another plan. The run's never goes back, also behind what is recorded.
  void progress(std::int64_t run, Progress progress);

  std::vector<Record> read(std::int64_t run, std::int64_t after, std::size_t limit) const;
  /// Slots that changed since `number`, which is moved on. Starts at 0.
  std::vector<Progress> progress_since(std::int64_t run, std::uint64_t& number) const;
  RunState state(std::int64_t run) const;  ///< throws Error(not_found)
  StoredRun stored(std::int64_t run) const;
  std::vector<RunLine> runs(std::size_t limit) const;  ///< newest first
  std::optional<std::int64_t> latest() const;
  /// The newest run of that root, however it ended.
  std::optional<std::int64_t> latest_of(const std::string& root) const;
  std::vector<std::int64_t> unfinished()
      const;  ///< runs without a RunFinished since they began or were resumed

  /// As append(), and the run follows this plan from now on.
  Record change_plan(std::int64_t run, const std::string& plan, PlanChanged event);

  /// What rigsetup made on that root and did not take away again, the oldest first.
  std::vector<Owned> owned(const std::string& root) const;
  /// It was found gone, or somebody else's: it is nobody's any more.
  void disown(const std::string& root, const Thing& thing);

  void store_check(const CheckResult& result);
  std::optional<CheckResult> check_result(const std::string& root, const std::string& key) const;

  /// Called after each record and each progress, in the thread that appended; must be quick and not call the
  /// journal. Returns a number to unsubscribe with; after unsubscribe() returns, it is not called any more.
  std::uint64_t subscribe(std::function<void(std::int64_t run)> wake);
  void unsubscribe(std::uint64_t number);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rigsetup
