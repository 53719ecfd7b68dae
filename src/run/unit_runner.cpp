// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/unit_runner.hpp"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/diagnosis/diagnosis.hpp>
#include <rigsetup/host/watched_host.hpp>

namespace rigsetup {
namespace {

constexpr int k_tries = 5;

/// What was found, as the two texts of an event.
struct Seen {
  std::string have;
  std::string want;
};

Seen seen(const Inspection& found) {
  if (const auto* as_wanted = std::get_if<AsWanted>(&found)) return {as_wanted->have, {}};
  if (const auto* differs = std::get_if<Differs>(&found)) return {differs->have, differs->want};
  if (const auto* pending = std::get_if<Pending>(&found)) return {pending->why, {}};
  return {std::get<Unknown>(found).why, {}};
}

bool is_as_wanted(const Inspection& found) { return std::holds_alternative<AsWanted>(found); }

/// Puts the result of a check into the record of its end.
struct PutResult {
  StepFinished& finished;
  void operator()(const Passed&) const { finished.outcome = Outcome::passed; }
  void operator()(const Failed& failed) const {
    finished.outcome = Outcome::failed;
    finished.faults = {{Code::conflict, failed.cause, failed.hint}};
  }
  void operator()(const Skipped& skipped) const {
    finished.outcome = Outcome::skipped;
    finished.reason = skipped.reason;
  }
  void operator()(const Deferred& deferred) const {
    finished.outcome = Outcome::deferred;
    finished.reason = deferred.reason;
  }
};

}  // namespace

/// How work ended, before it is recorded.
struct UnitRunner::Ending {
  StepFinished finished;
  bool silent = false;  ///< recorded in this run already, nothing new to say
  bool abandoned = false;
  bool reboot = false;
};

/// What one unit works with: who tells of it, and the host and the downloads that tell through it.
struct UnitRunner::Bench {
  Bench(const UnitRunner& runner, std::vector<std::string> steps)
      : reporter(runner.teller_, std::move(steps)),
        watched(runner.setup_.host, reporter.when_busy()),
        downloads(runner.setup_.downloads, [this](const Loading& loading) {
          reporter.progress(
              {"", "downloading a key", loading.done, loading.total, "bytes", true, loading.what});
        }) {}
  const Host& host() const { return watched.host(); }
  StepReporter reporter;
  const WatchedHost watched;
  WatchedDownloads downloads;
};

UnitRunner::UnitRunner(const RunnerSetup& setup, const BuiltRecipe& recipe, const Plan& plan,
                       const History& history, Teller& teller, std::stop_token stop)
    : setup_(setup),
      recipe_(recipe),
      plan_(plan),
      history_(history),
      teller_(teller),
      stop_(std::move(stop)) {}

UnitEnd UnitRunner::run(const Unit& unit, bool check_again) const {
  if (unit.sort == Unit::Sort::packages) return packages(unit);
  if (unit.sort == Unit::Sort::repair)
    return end(std::string(k_repair_step), attempt([&] { return repair(); }));
  const std::size_t step = unit.steps.front();
  const std::string& id = plan_.steps[step].id;
  if (plan_.steps[step].verdict == Verdict::skip) return {.well = true};
  if (recipe_.steps[step].resource) return end(id, attempt([&] { return primitive(step); }));
  Ending ending = attempt([&] { return check(step, check_again); });
  const Outcome outcome = ending.finished.outcome;
  const bool ran = outcome != Outcome::as_wanted && outcome != Outcome::cancelled;
  if (ran && !ending.silent && !ending.abandoned) store_check(step, ending.finished);
  return end(id, std::move(ending));
}

UnitRunner::Ending UnitRunner::attempt(const std::function<Ending()>& work) const {
  const auto started = std::chrono::steady_clock::now();
  Ending ending;
  const auto fail = [&](Fault fault) {
    ending.finished.outcome = Outcome::failed;
    ending.finished.faults = {std::move(fault)};
  };
  try {
    ending = work();
  } catch (const Abandoned&) {
    ending.abandoned = true;
  } catch (const Cancelled&) {
    ending.abandoned = setup_.abandon.stop_requested();
    ending.finished.outcome = Outcome::cancelled;
  } catch (const Error& error) {
    fail(diagnosis::explained(fault_of(error)));
  } catch (const std::exception& error) {  // a fault of ours must not end the daemon
    fail({Code::internal, format("cannot go on with the step: {}", error.what()),
          "this is a fault of rigsetup itself"});
  }
  const auto time = std::chrono::steady_clock::now() - started;
  ending.finished.milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  return ending;
}

UnitEnd UnitRunner::end(const std::string& step, Ending ending) const {
  UnitEnd result;
  if (ending.abandoned) return {.abandoned = true};
  ending.finished.step = step;
  result.well = is_good(ending.finished.outcome) && !ending.reboot;
  result.changed = ending.finished.outcome == Outcome::changed && !ending.silent;
  result.cancelled = ending.finished.outcome == Outcome::cancelled;
  result.reboot = ending.reboot;
  if (!result.well)
    result.why_not = ending.reboot ? "after which the machine must be rebooted" : "which failed";
  if (!ending.silent) teller_.append(std::move(ending.finished));
  return result;
}

UnitRunner::Ending UnitRunner::repair() const {
  const std::string id(k_repair_step);
  const apt::Repair found = apt::find_repair(setup_.host.files);
  if (!found.needed()) {
    if (plan_.repair.needed()) return found_as_wanted(id);
    return {.finished = {}, .silent = true};
  }
  const auto text = [](const apt::Repair& repair) {
    return repair.broken.empty() ? "dpkg was interrupted" : join(repair.broken, "; ");
  };
  teller_.append(StepStarted{id, text(found), "no package in a half state"});
  Bench bench(*this, {id});
  apt::repair(apt_work(id, bench));
  const apt::Repair left = apt::find_repair(setup_.host.files);
  if (left.needed()) throw Error(Code::program, format("cannot repair dpkg: {}", text(left)));
  if (!plan_.repair.needed()) {  // no step of the plan: without this nobody would see it
    bench.reporter.finding(
        format("dpkg had been interrupted and was repaired; in a half state: {}", found.broken.size()), {});
  }
  return {};
}

UnitRunner::Ending UnitRunner::primitive(std::size_t step) const {
  const std::string& id = plan_.steps[step].id;
  Bench bench(*this, {id});
  const Inspection found = inspect(step, bench);
  if (is_as_wanted(found)) return found_as_wanted(step);
  start(id, found, things_made_by(step, bench));
  if (recipe_.steps[step].resource->packages()) {
    throw Error(
        Code::conflict,
        format("cannot make {} as wanted: it was when the plan was made, now {}", id, seen(found).have),
        "apply the recipe again: the new plan shows what must change");
  }
  Ending ending;
  apply(step, bench, ending);
  if (!ending.reboot) require_as_wanted(step, bench);
  ending.finished.removed = recipe_.steps[step].resource->removed(setup_.host);
  return ending;
}

Context UnitRunner::context(const std::string& step, Bench& bench) const {
  return {bench.host(), bench.reporter,    bench.downloads, setup_.archive,
          setup_.apt,   work_folder(step), log_file(step),  stop_};
}

void UnitRunner::apply(std::size_t step, Bench& bench, Ending& ending) const {
  const std::string& id = plan_.steps[step].id;
  const Context work = context(id, bench);
  for (int tries = 1;; ++tries) {
    const Applied applied = recipe_.steps[step].resource->apply(work);
    if (const auto* later = std::get_if<RetryLater>(&applied)) {
      if (tries == k_tries) {
        throw Error(Code::busy, format("cannot make {} as wanted in {} tries: {}", id, k_tries, later->why));
      }
      teller_.append(RetryScheduled{id, later->after.count(), later->why});
      setup_.host.clock.sleep(later->after, stop_);
      continue;
    }
    if (const auto* reboot = std::get_if<RebootRequired>(&applied)) {
      teller_.append(RebootNeeded{id, reboot->why, setup_.host.clock.boot_id()});
      ending.reboot = true;
    }
    return;
  }
}

UnitEnd UnitRunner::packages(const Unit& unit) const {
  std::vector<bool> worked_on(unit.steps.size());
  const apt::Transaction& transaction = plan_.transactions[unit.transaction];
  const std::vector<std::string> ids = step_ids(unit, plan_);
  Bench bench(*this, ids);
  Ending ending = attempt([&] {
    std::vector<Thing> along = things_along(transaction);
    for (std::size_t i = 0; i < unit.steps.size(); ++i) {
      const std::string& id = plan_.steps[unit.steps[i]].id;
      const Inspection found = inspect(unit.steps[i], bench);
      worked_on[i] = !is_as_wanted(found) || history_.of(id).open;
      if (is_as_wanted(found)) continue;
      std::vector<Thing> makes = things_made_by(unit.steps[i], bench);
      // What comes along is told of once, with the first step that brings anything.
      std::move(along.begin(), along.end(), std::back_inserter(makes));
      along.clear();
      start(id, found, std::move(makes));
    }
    if (std::find(worked_on.begin(), worked_on.end(), true) == worked_on.end()) return Ending{};
    apt::apply(transaction, setup_.archive, apt_work(ids.front(), bench));
    for (const std::size_t step : unit.steps) require_as_wanted(step, bench);
    return Ending{};
  });
  UnitEnd result;
  for (std::size_t i = 0; i < unit.steps.size(); ++i) {
    const std::string& id = plan_.steps[unit.steps[i]].id;
    const bool well = is_good(ending.finished.outcome);
    Ending its = well && !worked_on[i] ? found_as_wanted(unit.steps[i]) : ending;
    if (well) its.finished.removed = recipe_.steps[unit.steps[i]].resource->removed(setup_.host);
    const UnitEnd one = end(id, std::move(its));
    const bool changed = result.changed || one.changed;
    result = one;
    result.changed = changed;
  }
  return result;
}

UnitRunner::Ending UnitRunner::check(std::size_t step, bool again) const {
  const std::string& id = plan_.steps[step].id;
  if (!again && history_.of(id).ended_well()) return {.finished = {}, .silent = true};
  Ending ending;
  if (!again && plan_.steps[step].verdict == Verdict::as_wanted) {
    ending.finished.outcome = Outcome::as_wanted;
    return ending;
  }
  teller_.append(StepStarted{id, {}, {}});
  Bench bench(*this, {id});
  Checked checked = recipe_.steps[step].check->check(context(id, bench));
  ending.finished.evidence = std::move(checked.evidence);
  std::visit(PutResult{ending.finished}, checked.result);
  return ending;
}

void UnitRunner::store_check(std::size_t step, const StepFinished& finished) const {
  CheckResult result;
  result.root = plan_.root;
  result.key = check_key(recipe_.recipe.steps[step]);
  result.step = plan_.steps[step].id;
  result.outcome = finished.outcome;
  result.reason = finished.reason;
  result.evidence = finished.evidence;
  result.faults = finished.faults;
  result.time = setup_.host.clock.now();
  setup_.journal.store_check(result);
}

Inspection UnitRunner::inspect(std::size_t step, Bench& bench) const {
  bench.reporter.about("looking at it");
  Inspection found = recipe_.steps[step].resource->inspect(bench.host(), stop_);
  bench.reporter.about({});
  return found;
}

void UnitRunner::require_as_wanted(std::size_t step, Bench& bench) const {
  const Inspection found = inspect(step, bench);
  if (is_as_wanted(found)) return;
  const auto [have, want] = seen(found);
  throw Error(Code::program, want.empty() ? format("cannot make {} as wanted: {}", plan_.steps[step].id, have)
                                          : format("cannot make {} as wanted: have {}, want {}",
                                                   plan_.steps[step].id, have, want));
}

UnitRunner::Ending UnitRunner::found_as_wanted(std::size_t step) const {
  Ending ending = found_as_wanted(plan_.steps[step].id);
  if (ending.finished.outcome == Outcome::changed) {
    ending.finished.removed = recipe_.steps[step].resource->removed(setup_.host);
  }
  return ending;
}

/// A step that this run was at work on when it was interrupted, and that is as wanted now, was changed by it.
UnitRunner::Ending UnitRunner::found_as_wanted(const std::string& step) const {
  Ending ending;
  ending.silent = history_.of(step).ended_well();
  ending.finished.outcome = history_.of(step).open ? Outcome::changed : Outcome::as_wanted;
  return ending;
}

void UnitRunner::start(const std::string& step, const Inspection& found, std::vector<Thing> makes) const {
  auto [have, want] = seen(found);
  teller_.append(StepStarted{step, std::move(have), std::move(want), std::move(makes)});
}

std::vector<Thing> UnitRunner::things_made_by(std::size_t step, const Bench& bench) const {
  std::vector<Thing> things = recipe_.steps[step].resource->would_make(bench.host(), stop_);
  if (things.empty()) return things;
  // What rigsetup made earlier and changes now is its own already, and how to take it away is known.
  for (const Owned& owned : setup_.journal.owned(plan_.root)) {
    std::erase_if(things, [&](const Thing& thing) {
      return thing.kind == owned.thing.kind && thing.name == owned.thing.name;
    });
  }
  return things;
}

/// Packages that nobody named.
std::vector<Thing> UnitRunner::things_along(const apt::Transaction& transaction) const {
  const apt::DpkgStatus status = apt::DpkgStatus::read(setup_.host.files);
  std::vector<Thing> things;
  for (const apt::Change& change : transaction.changes) {
    if (change.action != apt::Action::install || change.requested) continue;
    if (apt::is_absent(status, change.name)) things.push_back({"apt_packages", change.name, {}, true});
  }
  return things;
}

std::filesystem::path UnitRunner::work_folder(const std::string& step) const {
  std::filesystem::path folder = setup_.folder / step;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw errno_error(format("make the folder {}", folder.string()), error.value());
  return folder;
}

std::filesystem::path UnitRunner::log_file(const std::string& step) const {
  return setup_.logs / (step + ".log");
}

apt::Work UnitRunner::apt_work(const std::string& step, Bench& bench) const {
  return {bench.host(), setup_.apt, bench.reporter, work_folder(step), log_file(step), stop_};
}

}  // namespace rigsetup
