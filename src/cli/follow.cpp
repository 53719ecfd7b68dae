// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/follow.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <poll.h>
#include <unistd.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/run_view.hpp"
#include "cli/signals.hpp"
#include "cli/viewer.hpp"

namespace rigsetup::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds k_reconnect{
    60};                              // a restart of the daemon, also one that finishes a job first
constexpr int k_between_tries = 500;  // ms
constexpr int k_tick = 1000;          // ms
constexpr int k_soon = 100;           // ms; after something came, so that it is drawn

std::string events_of(std::int64_t run, std::int64_t after, bool go_on) {
  return format("/v1/runs/{}/events?after={}{}", run, after, go_on ? "&follow=1" : "");
}

struct Detached {};

class Follower {
 public:
  Follower(const Session& session, std::int64_t run)
      : session_(session), viewer_(make_viewer(session.screen, session.options.json)) {
    state_.run = run;
  }

  /// False: detached before the end. Throws OutputClosed.
  bool to_the_end() {
    try {
      connect();
      take_lines();
      while (!detached_ && !(ended_stream_ && state_.ended_already())) ended_stream_ ? reconnect() : step();
      viewer_->finish();
    } catch (const Detached&) {
      viewer_->finish();
    }
    return !detached_;
  }

  const RunState& state() const { return state_; }

 private:
  void connect() {
    stream_.emplace(session_.daemon.lines(events_of(state_.run, state_.last_sequence, true), attentive()));
    ended_stream_ = false;
  }

  void step() {
    std::array<pollfd, 3> wanted{{{signals_.descriptor(), POLLIN, 0},
                                  {STDOUT_FILENO, 0, 0},  // tells when the reader is gone
                                  {stream_->descriptor(), POLLIN, 0}}};
    ::poll(wanted.data(), wanted.size(), fresh_ ? k_soon : k_tick);
    fresh_ = false;
    take_signals();
    if ((wanted[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) throw OutputClosed{};
    if (wanted[2].revents != 0) take_lines();
    viewer_->tick(state_);
  }

  void take_lines() {
    std::vector<std::string> lines;
    ended_stream_ = !stream_->read(lines);
    for (const std::string& line : lines) take_line(line);
    fresh_ = !lines.empty();
  }

  void take_line(const std::string& line) {
    const Value value = parse_json(line, "an event of rigsetupd");
    if (const Value* progress = value.find("progress")) {
      viewer_->progress(progress_from(*progress), line, state_);
      return;
    }
    const Record record = record_from(value);
    if (record.sequence <= state_.last_sequence) return;
    apply(state_, record);
    viewer_->record(record, line, state_);
  }

  void reconnect() {
    viewer_->message("The connection to rigsetupd was lost; the run is not affected. Trying again ...");
    const auto deadline = Clock::now() + k_reconnect;
    while (!detached_) {
      try {
        connect();
        viewer_->message("Connected again.");
        take_lines();
        return;
      } catch (const Refused& refused) {
        if (refused.exit != protocol::k_exit_no_daemon || Clock::now() > deadline) {
          viewer_->finish();
          throw;
        }
      }
      std::array<pollfd, 1> wanted{{{signals_.descriptor(), POLLIN, 0}}};
      ::poll(wanted.data(), wanted.size(), k_between_tries);
      take_signals();
      viewer_->tick(state_);
    }
  }

  void take_signals() {
    while (const auto signal = signals_.take()) {
      if (*signal == SIGWINCH)
        viewer_->resized();
      else if (*signal == SIGINT && !asked_to_cancel_)
        cancel();
      else
        detached_ = true;
    }
  }

  /// Signals are looked for also while a daemon that may be stuck does not answer.
  Waiting attentive() {
    return [this](std::chrono::seconds) {
      take_signals();
      if (detached_) throw Detached{};
    };
  }

  void cancel() {
    asked_to_cancel_ = true;
    try {
      bool told = false;
      session_.daemon.post(format("/v1/runs/{}/cancel", state_.run), Value::map(),
                           [&](std::chrono::seconds time) {
                             if (!std::exchange(told, true))
                               viewer_->message("rigsetupd does not answer; Ctrl-C again to only detach.");
                             attentive()(time);
                           });
      viewer_->message("Cancelling at the next safe point; Ctrl-C again to only detach.");
    } catch (const Refused& refused) {
      viewer_->message(printable(refused.problem.message) + "; Ctrl-C again to only detach.");
    }
  }

  const Session& session_;
  std::unique_ptr<Viewer> viewer_;
  Signals signals_;
  std::optional<LineStream> stream_;
  RunState state_;
  bool ended_stream_ = false;
  bool fresh_ = false;
  bool asked_to_cancel_ = false;
  bool detached_ = false;
};

std::string detached_text(const Session& session, std::int64_t run) {
  return format("\nDetached; run {} goes on. To follow it again: {}\n", run,
                session.command({"watch", std::to_string(run)}, false));
}

/// With the words of consent that the run waits for.
std::vector<std::string> resume_words(const RunState& state) {
  std::vector<std::string> words{"resume", std::to_string(state.run)};
  for (const Consent& consent : state.consents) {
    std::string option = "--allow-" + consent.word;
    if (std::ranges::find(words, option) == words.end()) words.push_back(std::move(option));
  }
  return words;
}

}  // namespace

RunState read_run(const Session& session, std::int64_t run) {
  RunState state;
  for (const std::string& line : split_lines(session.daemon.get(events_of(run, 0, false)))) {
    const Value value = parse_json(line, "an event of rigsetupd");
    if (value.find("progress") == nullptr) apply(state, record_from(value));
  }
  return state;
}

std::string next_text(const Session& session, const RunState& state, const std::string& recipe) {
  const std::string number = std::to_string(state.run);
  const auto line = [](std::string_view words, const std::string& command) {
    return format("{} {}\n", words, command);
  };
  const bool machine = state.header.root.empty() || state.header.root == "/";
  std::vector<std::string> status{"status"};
  if (session.options.root.empty() && !machine) status.insert(status.end(), {"--root", state.header.root});
  switch (state.outcome) {
    case RunOutcome::done:
      return line("Next:", session.command(status));
    case RunOutcome::failed: {
      std::string text;
      for (const StepState& step : state.steps)
        if (step.outcome == Outcome::failed)
          text +=
              line("All that it printed:", session.command({"log", number, "--step", step.line.id}, false));
      return text + (recipe.empty() ? line("Then again:", session.command({"resume", number}, false))
                                    : line("Then again:", session.command({"apply", recipe})));
    }
    case RunOutcome::reboot_required:
      // A tree is not booted from here.
      return machine ? "Next: sudo systemctl reboot\n" : line("Next:", session.command(status));
    case RunOutcome::cancelled:
      return recipe.empty() ? line("To go on:", session.command({"resume", number}, false))
                            : line("To go on:", session.command({"apply", recipe}));
    case RunOutcome::waiting:
      // What it waits for may be no consent: then its hint has said what to type.
      return state.consents.empty() && !state.faults.empty()
                 ? ""
                 : line("To go on:", session.command(resume_words(state), false));
    case RunOutcome::interrupted:
      return line("To go on:", session.command({"resume", number}, false));
    case RunOutcome::running:
      return line("To follow it:", session.command({"watch", number}, false));
  }
  return "";
}

int look_on(Session& session, std::int64_t run, const std::string& recipe) {
  Follower follower(session, run);
  if (!follower.to_the_end()) {
    warn(detached_text(session, run));
    return protocol::k_exit_busy;
  }
  const RunState& state = follower.state();
  if (!session.options.json)
    say("\n" + recap_text(state, session.screen) + "\n" + next_text(session, state, recipe));
  return exit_code(state);
}

int follow(Session& session, std::int64_t run, const std::string& recipe) {
  try {
    return look_on(session, run, recipe);
  } catch (const OutputClosed&) {
    warn(detached_text(session, run));
    return protocol::k_exit_busy;
  }
}

}  // namespace rigsetup::cli
