// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

#include <grp.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/log.hpp>
#include <rigsetup/base/memory.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/plan/space.hpp>
#include <rigsetup/run/run_thread.hpp>
#include <rigsetup/run/runner.hpp>

#include "run/plan_again.hpp"
#include "run/understand.hpp"
#include "run/units.hpp"

namespace rigsetup {
namespace {

constexpr std::chrono::seconds k_record_again{2};

RunStarted first_record(const Plan& plan, const Caller& caller, const std::vector<std::string>& allowed) {
  RunStarted started;
  started.recipe = plan.recipe;
  started.recipe_digest = plan.recipe_digest;
  started.plan_digest = plan.digest();
  started.root = plan.root;
  started.caller = caller;
  started.allowed = allowed;
  started.steps = step_lines(plan);
  return started;
}

void require_space(const Plan& plan) {
  const std::string reason = why_no_space(plan, Tree(plan.root));
  if (!reason.empty()) throw Error(Code::io, "cannot start the run: it " + reason, "make room on the disk");
}

void require_consent(const Plan& plan, const std::vector<std::string>& allowed) {
  for (const Consent& consent : plan.consents) {
    if (std::find(allowed.begin(), allowed.end(), consent.word) != allowed.end()) continue;
    throw Error(Code::consent,
                format("cannot start the run: it {}, and nobody has agreed to that", consent.text),
                format("agree with --allow-{}, or under `policy: allow:` in the recipe", consent.word));
  }
}

std::filesystem::path made(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw errno_error(format("make the folder {}", folder.string()), error.value());
  return folder;
}

/// Readable for the daemon's group; files made in it belong to that group too.
std::filesystem::path made_for_group(const std::filesystem::path& folder, const std::string& group) {
  made(folder);
  struct group entry {};
  struct group* found = nullptr;
  std::array<char, 16384> buffer{};
  if (getgrnam_r(group.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 && found) {
    if (chown(folder.c_str(), 0, found->gr_gid) != 0) {
      throw errno_error(format("give {} to the group {}", folder.string(), group), errno);
    }
  }
  if (chmod(folder.c_str(), 02750) != 0) throw errno_error(format("protect {}", folder.string()), errno);
  return folder;
}

}  // namespace

struct RunThread::Impl {
  Impl(Journal& the_journal, Settings the_settings)
      : journal(the_journal), settings(std::move(the_settings)), thread([this](std::stop_token leave) {
          sigset_t all;
          sigfillset(&all);
          pthread_sigmask(SIG_BLOCK, &all,
                          nullptr);  // its workers inherit this: signals are for the main thread
          work(leave);
        }) {}

  /// A run whose end is recorded, but whose things are still being put away, is waited for: its client may
  /// have the next request ready by now.
  void require_idle(std::unique_lock<std::mutex>& lock) {
    if (current && journal.state(*current).ended_already()) idle.wait(lock, [this] { return !current; });
    if (!current) return;
    throw Error(Code::busy, format("cannot start the run: run {} is going on", *current),
                format("follow it with: rigsetup watch {}", *current));
  }
  void hand_over(std::int64_t run) {
    current = run;
    cancel = std::stop_source();
    wake.notify_one();
  }
  void take_up(std::int64_t run, const std::string& why, const std::vector<std::string>& allowed = {}) {
    journal.append(run, RunResumed{RealClock().boot_id(), why, allowed});
    hand_over(run);
  }

  void work(std::stop_token leave) {
    while (true) {
      std::unique_lock lock(mutex);
      if (!wake.wait(lock, leave, [this] { return current.has_value(); })) return;
      const std::int64_t run = *current;
      const std::stop_source stop = cancel;
      lock.unlock();
      try {
        execute(run, stop, leave);
      } catch (const Error& error) {
        give_up(run, fault_of(error), leave);
      } catch (const std::exception& error) {  // a fault of ours must not end the daemon
        give_up(run,
                {Code::internal, format("cannot go on with the run: {}", error.what()),
                 "this is a fault of rigsetup itself"},
                leave);
      }
      give_memory_back();
      lock.lock();
      current.reset();
      idle.notify_all();
    }
  }

  void execute(std::int64_t run, std::stop_source stop, std::stop_token leave) {
    const RunState so_far = journal.state(run);
    const std::string& root = so_far.header.root;
    const StoredRun stored = journal.stored(run);
    Target target(root, settings, rig_of(stored));
    const std::variant<Understood, Fault> begun = understand(stored, run, root);
    const auto* understood = std::get_if<Understood>(&begun);
    RunnerSetup setup{journal,
                      target.host,
                      target.downloads(),
                      target.archive(),
                      settings.apt(),
                      made(settings.state / "runs" / std::to_string(run)),
                      made_for_group(settings.logs / std::to_string(run), settings.group),
                      settings.workers,
                      leave};
    if (understood && so_far.resumed > 0) {
      setup.plan_again = [&](const Plan& before, Reporter& reporter, std::stop_token stopped) {
        return plan_again(input_of(stored), before, so_far.agreed, settings, setup.folder, reporter, stopped);
      };
    }
    const std::stop_callback on_leave(leave, [&] {
      target.abandon();  // before the stop: who sees both leaves its job alone
      stop.request_stop();
    });
    Runner runner(setup);
    if (understood)
      runner.run(understood->recipe, understood->plan, run, stop.get_token());
    else
      runner.wait(std::get<Fault>(begun), run, stop.get_token());
  }

  /// The run itself could not go on. When not even that can be recorded (the disk is full), whoever follows
  /// is told why, until it can or the daemon goes; then the run is found unfinished at the next start.
  void give_up(std::int64_t run, const Fault& fault, std::stop_token leave) {
    log(LogLevel::error, format("run {}: {}", run, fault.message));
    while (!leave.stop_requested()) {
      try {
        journal.append(run, RunFinished{RunOutcome::failed, {fault}});
        return;
      } catch (const Error& error) {
        tell_followers(run, error);
      }
      std::unique_lock lock(mutex);
      wake.wait_for(lock, leave, k_record_again, [] { return false; });
    }
  }

  void tell_followers(std::int64_t run, const Error& error) {
    const std::string label = format("the run stands still: {}{}{}", error.message(),
                                     error.hint().empty() ? "" : "; ", error.hint());
    log(LogLevel::error, format("run {}: {}", run, label));
    for (const StepState& step : journal.state(run).steps) {
      if (!step.outcome) journal.progress(run, {step.line.id, label, 0, 0, "", false});
    }
  }

  Journal& journal;
  const Settings settings;
  mutable std::mutex mutex;
  std::condition_variable_any wake;
  std::condition_variable idle;
  std::optional<std::int64_t> current;
  std::stop_source cancel;  ///< of the current run
  std::jthread thread;      ///< last: uses all above; its stop token says that the daemon goes
};

RunThread::RunThread(Journal& journal, Settings settings)
    : impl_(std::make_unique<Impl>(journal, std::move(settings))) {}

RunThread::~RunThread() = default;

std::int64_t RunThread::start(const Plan& plan, const RecipeInput& recipe, const Caller& caller,
                              const std::vector<std::string>& allowed) {
  if (plan.described()) {
    throw Error(Code::unsupported, format("cannot start a run: {} only describes a machine", plan.rig),
                "with --root the changes are made in a tree, for that machine");
  }
  require_consent(plan, allowed);
  std::unique_lock lock(impl_->mutex);
  impl_->require_idle(lock);
  if (plan.empty()) {
    throw Error(Code::conflict, format("cannot start a run: {} is as {} wants it", plan.root, plan.recipe));
  }
  require_space(plan);
  const StoredRun stored{recipe.file, recipe.text, recipe.attachments, to_json(to_value(plan))};
  const std::int64_t run = impl_->journal.begin(stored, first_record(plan, caller, allowed));
  impl_->hand_over(run);
  return run;
}

void RunThread::cancel(std::int64_t run, const Caller& caller) {
  const std::lock_guard lock(impl_->mutex);
  const RunState state = impl_->journal.state(run);
  if (impl_->current != run || state.ended_already()) {
    throw Error(Code::conflict, format("cannot cancel run {}: it is not going on", run),
                state.ended_already() ? format("it ended: {}", to_string(state.outcome))
                                      : format("go on with it by: rigsetup resume {}", run));
  }
  if (impl_->cancel.stop_requested()) return;
  impl_->journal.append(run, CancelRequested{caller});
  impl_->cancel.request_stop();
}

void RunThread::resume(std::int64_t run, const std::string& why, const std::vector<std::string>& allowed) {
  std::unique_lock lock(impl_->mutex);
  impl_->require_idle(lock);
  if (impl_->journal.state(run).outcome == RunOutcome::done) {
    throw Error(Code::conflict, format("cannot resume run {}: it is done", run));
  }
  const std::string root = impl_->journal.state(run).header.root;
  if (const auto newest = impl_->journal.latest_of(root); newest && *newest != run) {
    throw Error(Code::conflict, format("cannot resume run {}: {} is as run {} left it", run, root, *newest),
                "apply the recipe again");
  }
  impl_->take_up(run, why, allowed);
}

void RunThread::resume_unfinished() {
  std::vector<std::int64_t> runs = impl_->journal.unfinished();
  std::sort(runs.begin(), runs.end());
  if (runs.empty()) return;
  const std::int64_t newest = runs.back();
  if (impl_->settings.resume) runs.pop_back();
  for (const std::int64_t run : runs) impl_->journal.append(run, RunFinished{RunOutcome::interrupted, {}});
  if (!impl_->settings.resume) return;
  const std::lock_guard lock(impl_->mutex);
  const bool was_cancelled = impl_->journal.state(newest).cancel_requested;
  impl_->take_up(newest, "the daemon was restarted");
  // Somebody asked to stop and the daemon died before it had: what still runs is followed, and nothing is
  // started.
  if (was_cancelled) impl_->cancel.request_stop();
}

std::optional<std::int64_t> RunThread::current() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->current;
}

}  // namespace rigsetup
