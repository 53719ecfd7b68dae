// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <mutex>
#include <utility>

#include <rigsetup/base/format.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/journal/journal.hpp>

#include "journal/database.hpp"
#include "journal/progress_slots.hpp"
#include "journal/schema.hpp"
#include "journal/subscribers.hpp"

namespace rigsetup {
namespace {

using Time = std::chrono::system_clock::time_point;

/// Records carry milliseconds, so that what append() returns is what is read later.
Time now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }
std::int64_t milliseconds(Time time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}
Time time_of(std::int64_t value) { return Time(std::chrono::milliseconds(value)); }

std::string text_of(const Record& record) { return to_json(to_value(record)); }
Record record_of(const std::string& text) { return record_from(parse_json(text, "a record of the journal")); }

[[noreturn]] void no_such_run(std::int64_t run) {
  throw Error(Code::not_found, format("cannot find run {}", run), "rigsetup runs lists them");
}

}  // namespace

struct Journal::Impl {
  explicit Impl(const std::filesystem::path& file) : database(file) {
    database.execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
        "PRAGMA cache_size = -256; PRAGMA mmap_size = 0; PRAGMA journal_size_limit = 4194304;");
    migrate(database, file.string());
  }

  void insert(const Record& record) {
    database.run("INSERT INTO records (run, sequence, record) VALUES (?, ?, ?)", record.run, record.sequence,
                 text_of(record));
  }
  std::int64_t next_sequence(std::int64_t run) {
    Statement last = database.query("SELECT max(sequence) FROM records WHERE run = ?", run);
    if (!last.next() || last.is_null(0)) no_such_run(run);
    return last.integer(0) + 1;
  }
  /// The line of the run, where a record changes it.
  void update_line(const Record& record) {
    if (const auto* finished = std::get_if<RunFinished>(&record.event)) {
      database.run("UPDATE runs SET outcome = ?, ended = ? WHERE id = ?", to_string(finished->outcome),
                   milliseconds(record.time), record.run);
    } else if (std::holds_alternative<RunResumed>(record.event)) {
      database.run("UPDATE runs SET outcome = ?, ended = NULL WHERE id = ?", to_string(RunOutcome::running),
                   record.run);
    }
  }
  /// What the record says about who owns what.
  void update_owned(const Record& record) {
    if (const auto* started = std::get_if<StepStarted>(&record.event)) {
      for (const Thing& thing : started->makes) {
        database.run(
            "INSERT INTO owned (root, kind, name, note, along, run, step) "
            "SELECT root, ?, ?, ?, ?, id, ? FROM runs WHERE id = ? ON CONFLICT DO NOTHING",
            thing.kind, thing.name, thing.note, std::int64_t{thing.along}, started->step, record.run);
      }
    } else if (const auto* finished = std::get_if<StepFinished>(&record.event)) {
      for (const Thing& thing : finished->removed) {
        database.run(
            "DELETE FROM owned WHERE root = (SELECT root FROM runs WHERE id = ?) AND kind = ? AND name = ?",
            record.run, thing.kind, thing.name);
      }
    }
  }
  /// How far the run was told to be, here or else by its last record: whoever comes next tells no less.
  int reached(std::int64_t run) {
    if (const auto told = slots.percent(run)) return *told;
    Statement last =
        database.query("SELECT record FROM records WHERE run = ? ORDER BY sequence DESC LIMIT 1", run);
    return last.next() ? record_of(last.text(0)).percent : 0;
  }
  /// In the caller's transaction.
  void store(Record& record) {
    record.sequence = next_sequence(record.run);
    record.percent = std::max(record.percent, reached(record.run));
    insert(record);
    update_line(record);
    update_owned(record);
  }
  /// What was held back is shown before the record that wakes its readers; what ended has no progress, and
  /// the plan changes while no step is at work.
  void update_slots(const Record& record) {
    if (std::holds_alternative<RunFinished>(record.event) ||
        std::holds_alternative<PlanChanged>(record.event)) {
      slots.drop_steps(record.run);
    } else if (const auto* finished = std::get_if<StepFinished>(&record.event)) {
      slots.drop(record.run, finished->step);
    }
    slots.publish_all(record.run, std::chrono::steady_clock::now());
  }
  std::optional<std::int64_t> first_id(Statement ids) {
    if (!ids.next()) return std::nullopt;
    return ids.integer(0);
  }

  std::mutex mutex;  ///< of all but the subscribers; never held while they are woken
  Database database;
  ProgressSlots slots;
  Subscribers subscribers;
};

Journal::Journal(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {}
Journal::~Journal() = default;

std::int64_t Journal::begin(const StoredRun& stored, const RunStarted& started) {
  Record record{0, 1, now(), started};
  {
    const std::lock_guard lock(impl_->mutex);
    Database& database = impl_->database;
    Transaction transaction(database);
    database.run("INSERT INTO runs (started, outcome, recipe, root, user) VALUES (?, ?, ?, ?, ?)",
                 milliseconds(record.time), to_string(RunOutcome::running), started.recipe, started.root,
                 started.caller.user);
    record.run = database.last_id();
    database.run("INSERT INTO stored (run, recipe_file, recipe_text, plan) VALUES (?, ?, ?, ?)", record.run,
                 stored.recipe_file, Blob{stored.recipe_text}, Blob{stored.plan});
    for (const auto& [name, bytes] : stored.attachments) {
      database.run("INSERT INTO attachments (run, name, bytes) VALUES (?, ?, ?)", record.run, name,
                   Blob{bytes});
    }
    impl_->insert(record);
    transaction.commit();
  }
  impl_->subscribers.wake(record.run);
  return record.run;
}

Record Journal::append(std::int64_t run, Event event, int percent) {
  Record record{run, 0, now(), std::move(event), percent};
  {
    const std::lock_guard lock(impl_->mutex);
    Transaction transaction(impl_->database);
    impl_->store(record);
    transaction.commit();
    impl_->update_slots(record);
  }
  impl_->subscribers.wake(run);
  return record;
}

Record Journal::change_plan(std::int64_t run, const std::string& plan, PlanChanged event) {
  Record record{run, 0, now(), std::move(event)};
  {
    const std::lock_guard lock(impl_->mutex);
    Transaction transaction(impl_->database);
    impl_->store(record);
    impl_->database.run("UPDATE stored SET plan = ? WHERE run = ?", Blob{plan}, run);
    transaction.commit();
    impl_->update_slots(record);
  }
  impl_->subscribers.wake(run);
  return record;
}

std::vector<Owned> Journal::owned(const std::string& root) const {
  const std::lock_guard lock(impl_->mutex);
  Statement rows = impl_->database.query(
      "SELECT kind, name, note, along, run, step FROM owned WHERE root = ? ORDER BY id", root);
  std::vector<Owned> things;
  while (rows.next()) {
    things.push_back(
        {{rows.text(0), rows.text(1), rows.text(2), rows.integer(3) != 0}, rows.integer(4), rows.text(5)});
  }
  return things;
}

void Journal::disown(const std::string& root, const Thing& thing) {
  const std::lock_guard lock(impl_->mutex);
  impl_->database.run("DELETE FROM owned WHERE root = ? AND kind = ? AND name = ?", root, thing.kind,
                      thing.name);
}

void Journal::progress(std::int64_t run, Progress progress) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (progress.step.empty()) {
      progress.done = std::max(progress.done, static_cast<std::uint64_t>(impl_->reached(run)));
    }
    if (!impl_->slots.put(run, progress, std::chrono::steady_clock::now())) return;
  }
  impl_->subscribers.wake(run);
}

std::vector<Record> Journal::read(std::int64_t run, std::int64_t after, std::size_t limit) const {
  const std::lock_guard lock(impl_->mutex);
  Statement rows = impl_->database.query(
      "SELECT record FROM records WHERE run = ? AND sequence > ? ORDER BY sequence LIMIT ?", run, after,
      static_cast<std::int64_t>(limit));
  std::vector<Record> records;
  while (rows.next()) records.push_back(record_of(rows.text(0)));
  return records;
}

std::vector<Progress> Journal::progress_since(std::int64_t run, std::uint64_t& number) const {
  const std::lock_guard lock(impl_->mutex);
  impl_->slots.publish(run, std::chrono::steady_clock::now());
  return impl_->slots.since(run, number);
}

RunState Journal::state(std::int64_t run) const {
  const std::lock_guard lock(impl_->mutex);
  Statement rows = impl_->database.query("SELECT record FROM records WHERE run = ? ORDER BY sequence", run);
  RunState state;
  while (rows.next()) apply(state, record_of(rows.text(0)));
  if (state.last_sequence == 0) no_such_run(run);
  return state;
}

StoredRun Journal::stored(std::int64_t run) const {
  const std::lock_guard lock(impl_->mutex);
  Statement row =
      impl_->database.query("SELECT recipe_file, recipe_text, plan FROM stored WHERE run = ?", run);
  if (!row.next()) no_such_run(run);
  StoredRun stored{row.text(0), row.text(1), {}, row.text(2)};
  Statement rows = impl_->database.query("SELECT name, bytes FROM attachments WHERE run = ?", run);
  while (rows.next()) stored.attachments[rows.text(0)] = rows.text(1);
  return stored;
}

std::vector<RunLine> Journal::runs(std::size_t limit) const {
  const std::lock_guard lock(impl_->mutex);
  Statement rows = impl_->database.query(
      "SELECT id, started, ended, recipe, root, user, outcome FROM runs ORDER BY id DESC LIMIT ?",
      static_cast<std::int64_t>(limit));
  std::vector<RunLine> lines;
  while (rows.next()) {
    RunLine& line = lines.emplace_back();
    line.id = rows.integer(0);
    line.started = time_of(rows.integer(1));
    if (!rows.is_null(2)) line.ended = time_of(rows.integer(2));
    line.recipe = rows.text(3);
    line.root = rows.text(4);
    line.user = rows.text(5);
    line.outcome = run_outcome_from(rows.text(6));
  }
  return lines;
}

std::optional<std::int64_t> Journal::latest() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->first_id(impl_->database.query("SELECT id FROM runs ORDER BY id DESC LIMIT 1"));
}

std::optional<std::int64_t> Journal::latest_of(const std::string& root) const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->first_id(
      impl_->database.query("SELECT id FROM runs WHERE root = ? ORDER BY id DESC LIMIT 1", root));
}

std::vector<std::int64_t> Journal::unfinished() const {
  const std::lock_guard lock(impl_->mutex);
  Statement rows = impl_->database.query("SELECT id FROM runs WHERE ended IS NULL ORDER BY id");
  std::vector<std::int64_t> ids;
  while (rows.next()) ids.push_back(rows.integer(0));
  return ids;
}

void Journal::store_check(const CheckResult& result) {
  // Stored as the event it came from, so that one codec serves both.
  const Record record{
      0, 0, result.time,
      StepFinished{result.step, result.outcome, result.reason, result.evidence, result.faults, 0}};
  const std::lock_guard lock(impl_->mutex);
  impl_->database.run("INSERT OR REPLACE INTO checks (root, key, record) VALUES (?, ?, ?)", result.root,
                      result.key, text_of(record));
}

std::optional<CheckResult> Journal::check_result(const std::string& root, const std::string& key) const {
  const std::lock_guard lock(impl_->mutex);
  Statement row = impl_->database.query("SELECT record FROM checks WHERE root = ? AND key = ?", root, key);
  if (!row.next()) return std::nullopt;
  const Record record = record_of(row.text(0));
  const auto& finished = std::get<StepFinished>(record.event);
  return CheckResult{
      root,       key, finished.step, finished.outcome, finished.reason, finished.evidence, finished.faults,
      record.time};
}

std::uint64_t Journal::subscribe(std::function<void(std::int64_t run)> wake) {
  return impl_->subscribers.add(std::move(wake));
}

void Journal::unsubscribe(std::uint64_t number) { impl_->subscribers.remove(number); }

}  // namespace rigsetup
