// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/log.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/run/runner.hpp>

#include "run/history.hpp"
#include "run/left_jobs.hpp"
#include "run/pace.hpp"
#include "run/plan_again.hpp"
#include "run/planning_reporter.hpp"
#include "run/teller.hpp"
#include "run/unit_runner.hpp"
#include "run/units.hpp"

namespace rigsetup {
namespace {

const std::string k_cancelled = "the run was cancelled";

/// One call of Runner::run. The schedule and all decisions belong to the run thread; workers only do units
/// and put their ends into a queue. An error of the journal leaves a worker through its future.
class Execution {
 public:
  Execution(const RunnerSetup& setup, const BuiltRecipe& recipe, const Plan& plan, std::int64_t run,
            std::stop_token stop)
      : setup_(setup),
        plan_(plan),
        teller_(setup.journal, run, estimate_of(setup.journal, recipe, plan, run)),
        history_(History::read(setup.journal, run)),
        graph_(graph_of(recipe, plan, plan.repair.needed() || history_.resumed())),
        needed_(needed_at_any_distance(plan)),
        schedule_(graph_.nodes),
        changed_(plan.steps.size()),
        on_stop_(std::move(stop), Halt{halt_}),
        worker_(setup_, recipe, plan, history_, teller_, halt_.get_token()),
        pool_(static_cast<std::size_t>(std::max(setup.workers, 1))) {}
  Execution(const Execution&) = delete;

  /// Also on the way out of an error: what runs ends at its next safe point, and no worker outlives the call.
  ~Execution() {
    halt_.request_stop();
    pool_.join();
  }

  RunOutcome run() {
    skip_unwanted();
    if (history_.resumed()) follow_left_jobs(setup_, teller_, halt_.get_token());
    while (true) {
      if (halt_.stop_requested()) stop();
      start_ready();
      if (schedule_.finished()) break;
      take_ended();
    }
    return left_unfinished_ ? RunOutcome::running : outcome();
  }

  Teller& teller() { return teller_; }

  /// Records the end of the run; one that is only left has none.
  RunOutcome end(const RunFinished& finished) {
    if (finished.outcome != RunOutcome::running) teller_.append(finished);
    return finished.outcome;
  }

 private:
  struct Halt {
    std::stop_source& source;
    void operator()() const { source.request_stop(); }
  };
  struct Ended {
    std::size_t unit = 0;
    std::future<UnitEnd> end;
  };

  void skip_unwanted() {
    for (const PlanStep& step : plan_.steps) {
      if (step.verdict != Verdict::skip || history_.of(step.id).ended_well()) continue;
      teller_.append(StepFinished{step.id, Outcome::skipped, step.reason, {}, {}, 0});
    }
  }

  void start_ready() {
    while (const auto unit = schedule_.start_next()) {
      const bool check_again = needs_another_look(graph_.units[*unit]);
      auto task = std::make_shared<std::packaged_task<UnitEnd()>>(
          [this, unit = *unit, check_again] { return worker_.run(graph_.units[unit], check_again); });
      boost::asio::post(pool_, [this, unit = *unit, task] {
        (*task)();
        const std::lock_guard lock(mutex_);
        ended_.push_back({unit, task->get_future()});
        wake_.notify_one();
      });
    }
  }

  /// Did something that the check needs change since its result was recorded?
  bool needs_another_look(const Unit& unit) const {
    if (unit.sort != Unit::Sort::step) return false;
    const std::size_t step = unit.steps.front();
    const History::Step& past = history_.of(plan_.steps[step].id);
    const std::int64_t since = past.ended_well() ? past.ended : 0;
    return std::any_of(needed_[step].begin(), needed_[step].end(), [&](std::size_t need) {
      return changed_[need] || history_.of(plan_.steps[need].id).changed > since;
    });
  }

  void take_ended() {
    Ended ended = next_ended();
    if (!ended.end.valid()) return;  // a stop came first
    const Unit& unit = graph_.units[ended.unit];
    const UnitEnd end = ended.end.get();
    for (const std::size_t step : unit.steps) changed_[step] = changed_[step] || end.changed;
    cancelled_ = cancelled_ || end.cancelled;
    reboot_ = reboot_ || end.reboot;
    failed_ = failed_ || !(end.well || end.cancelled || end.reboot || end.abandoned);
    const std::vector<std::size_t> given_up = schedule_.ended(ended.unit, end.well);
    if (end.abandoned) {
      left_unfinished_ = true;
      return;
    }
    const std::string reason =
        end.cancelled ? k_cancelled : format("needs {}, {}", join(step_ids(unit, plan_), ", "), end.why_not);
    for (const std::size_t other : given_up) give_up(graph_.units[other], reason, Outcome::not_tried);
  }

  Ended next_ended() {
    std::unique_lock lock(mutex_);
    const auto any = [this] { return !ended_.empty(); };
    if (stopped_) {
      wake_.wait(lock, any);
    } else if (!wake_.wait(lock, halt_.get_token(), any)) {
      return {};
    }
    Ended ended = std::move(ended_.front());
    ended_.pop_front();
    return ended;
  }

  void stop() {
    if (std::exchange(stopped_, true)) return;
    const std::vector<std::size_t> not_started = schedule_.stop();
    if (setup_.abandon.stop_requested()) {
      left_unfinished_ = left_unfinished_ || !not_started.empty();
      return;
    }
    for (const std::size_t unit : not_started) {
      // What was going on when an earlier daemon died was cut short, not left untried.
      if (give_up(graph_.units[unit], k_cancelled, Outcome::cancelled)) cancelled_ = true;
    }
  }

  /// Records that a unit will not be tried, except of its steps that ended well earlier in this run.
  /// `if_open`: the outcome of a step that an earlier daemon had begun. True if there was anything to record.
  bool give_up(const Unit& unit, const std::string& reason, Outcome if_open) {
    if (unit.sort == Unit::Sort::repair && !plan_.repair.needed()) return false;
    bool recorded = false;
    for (const std::string& id : step_ids(unit, plan_)) {
      const History::Step& past = history_.of(id);
      const PlanStep* line = plan_.find(id);
      if (past.ended_well() || (line && line->verdict == Verdict::skip)) continue;
      const Outcome outcome = past.open ? if_open : Outcome::not_tried;
      teller_.append(StepFinished{id, outcome, reason, {}, {}, 0});
      recorded = true;
    }
    return recorded;
  }

  RunOutcome outcome() const {
    if (cancelled_) return RunOutcome::cancelled;
    if (failed_) return RunOutcome::failed;
    return reboot_ ? RunOutcome::reboot_required : RunOutcome::done;
  }

  const RunnerSetup& setup_;
  const Plan& plan_;
  Teller teller_;
  const History history_;
  const Graph graph_;
  const std::vector<std::vector<std::size_t>> needed_;
  Schedule schedule_;
  std::vector<bool> changed_;  ///< steps that changed something in this call
  bool stopped_ = false;
  bool cancelled_ = false;
  bool failed_ = false;
  bool reboot_ = false;
  bool left_unfinished_ = false;  ///< abandoned with something left to do

  std::stop_source halt_;
  std::stop_callback<Halt> on_stop_;
  UnitRunner worker_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Ended> ended_;        ///< by workers, under mutex_
  boost::asio::thread_pool pool_;  ///< last: its threads use what stands above
};

}  // namespace

Runner::Runner(RunnerSetup setup) : setup_(std::move(setup)) {}

RunOutcome Runner::run(const BuiltRecipe& recipe, const Plan& plan, std::int64_t run, std::stop_token stop) {
  if (setup_.plan_again && !fits(recipe, plan)) return run_another(recipe, plan, run, stop);
  Execution execution(setup_, recipe, plan, run, stop);
  RunFinished finished{execution.run(), {}};
  std::optional<PlannedAgain> another;
  if (finished.outcome == RunOutcome::failed && setup_.plan_again && may_have_moved(plan, run)) {
    another = plan_otherwise(plan, run, execution.teller(), stop, Because::moved, finished);
  }
  if (!another) return execution.end(finished);
  Execution second(setup_, another->recipe_or(recipe), another->plan, run, stop);
  return second.end({second.run(), {}});
}

RunOutcome Runner::run_another(const BuiltRecipe& recipe, const Plan& before, std::int64_t run,
                               std::stop_token stop) {
  Teller teller(setup_.journal, run, Estimate({}));
  follow_left_jobs(setup_, teller, stop);  // nobody plans on what they change
  RunFinished finished{RunOutcome::failed, {}};
  const std::optional<PlannedAgain> another =
      plan_otherwise(before, run, teller, stop, Because::does_not_fit, finished);
  if (!another) return end(run, finished);
  Execution execution(setup_, another->recipe_or(recipe), another->plan, run, stop);
  return execution.end({execution.run(), {}});
}

RunOutcome Runner::wait(const Fault& why, std::int64_t run, std::stop_token stop) {
  Teller teller(setup_.journal, run, Estimate({}));
  follow_left_jobs(setup_, teller, stop);
  if (setup_.abandon.stop_requested()) return RunOutcome::running;
  return end(run, {stop.stop_requested() ? RunOutcome::cancelled : RunOutcome::waiting, {why}});
}

/// Of a run that no execution ends.
RunOutcome Runner::end(std::int64_t run, const RunFinished& finished) const {
  if (finished.outcome != RunOutcome::running) setup_.journal.append(run, finished);
  return finished.outcome;
}

/// Did packages fail for a reason that the archive may have changed?
bool Runner::may_have_moved(const Plan& plan, std::int64_t run) const {
  const RunState state = setup_.journal.state(run);
  return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const PlanStep& step) {
    const StepState* now = state.find(step.id);
    if (step.transaction < 0 || !now || now->outcome != Outcome::failed || now->faults.empty()) return false;
    const Code code = now->faults.front().code;
    return code == Code::conflict || code == Code::not_found || code == Code::network;
  });
}

/// The plan to go on with; nothing where the run must end, as `finished` says then.
std::optional<PlannedAgain> Runner::plan_otherwise(const Plan& plan, std::int64_t run, Teller& teller,
                                                   std::stop_token stop, Because because,
                                                   RunFinished& finished) const {
  PlannedAgain again;
  try {
    PlanningReporter reporter(teller);
    again = setup_.plan_again(plan, reporter, stop);
  } catch (const Error& error) {
    log(LogLevel::info, format("run {} cannot be planned again: {}", run, error.message()));
    // What moved failed for the reason that its step gives.
    if (because == Because::does_not_fit) {
      finished.faults = {fault_of(error.in(format("plan run {} again", run)))};
    }
    return std::nullopt;
  } catch (const Cancelled&) {
    finished.outcome = setup_.abandon.stop_requested() ? RunOutcome::running : RunOutcome::cancelled;
    return std::nullopt;
  }
  if (because == Because::moved && again.differences.empty()) return std::nullopt;
  if (!again.missing.empty()) {
    finished = waiting_for(again.missing, run);
    return std::nullopt;
  }
  setup_.journal.change_plan(run, to_json(to_value(again.plan)),
                             {again.plan.digest(), again.differences, step_lines(again.plan)});
  return again;
}

}  // namespace rigsetup
