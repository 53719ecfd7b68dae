// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <poll.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "cli/readiness.hpp"
#include "cli/session.hpp"
#include "cli/verbs.hpp"

namespace rigsetup::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds k_between_looks{2000};  // when nothing can be followed
constexpr std::chrono::milliseconds k_longest_nap{1000};

class Waiter {
 public:
  explicit Waiter(const Session& session) : session_(session) {
    if (session.options.timeout) deadline_ = Clock::now() + *session.options.timeout;
  }

  /// The reply about the status in which it came true. Throws Refused when that cannot come, or not in time.
  std::string until_true() {
    for (std::int64_t followed = 0;;) {
      const auto [standing, body] = look();
      if (standing.met) return body;
      tell(standing.why);
      if (standing.exit) throw refusal(*standing.exit, standing.hint);
      if (standing.run == 0 || standing.run == followed) pause();
      if (standing.run != 0) follow(followed = standing.run);
    }
  }

 private:
  struct Look {
    Standing standing;
    std::string body;
  };

  Look look() const {
    try {
      std::string body = session_.daemon.get(session_.with_root("/v1/status"), in_time());
      const auto status = protocol::StatusReply::from(parse_json(body, "the reply of rigsetupd"));
      const auto standing =
          standing_of(status, newest_run(status.root), session_.options.wait_for == "ready");
      return {standing, std::move(body)};
    } catch (const Refused& refused) {
      if (refused.exit != protocol::k_exit_no_daemon) throw;
      Standing standing;
      standing.why = printable(refused.problem.message);
      return {standing, ""};
    }
  }

  /// Of that root, among the last hundred; without a number when there is none. The status speaks of the
  /// newest run that ended well.
  protocol::RunLine newest_run(const std::string& root) const {
    const Value reply =
        parse_json(session_.daemon.get("/v1/runs?limit=100", in_time()), "the reply of rigsetupd");
    for (const Value& one : reply.at("runs").as_list())
      if (auto line = protocol::RunLine::from(one); line.root == root) return line;
    return {};
  }

  /// Until the run ends or the daemon goes; what happened is for the next look to see.
  void follow(std::int64_t run) const {
    try {
      auto stream = session_.daemon.lines(format("/v1/runs/{}/events?follow=1", run), in_time());
      for (std::vector<std::string> lines; stream.read(lines); lines.clear()) nap(stream.descriptor());
    } catch (const Refused& refused) {
      if (refused.exit != protocol::k_exit_no_daemon) throw;
    }
  }

  void pause() const {
    for (const auto end = Clock::now() + k_between_looks; Clock::now() < end;) nap(-1);
  }

  /// Until the descriptor has something, but not past the deadline nor for long.
  void nap(int descriptor) const {
    require_time();
    auto time = k_longest_nap;
    if (deadline_)
      time = std::min(time, std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - Clock::now()));
    pollfd wanted{descriptor, POLLIN, 0};
    ::poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(0, time.count())));
    require_time();
  }

  Waiting in_time() const {
    return [this](std::chrono::seconds) { require_time(); };
  }

  void require_time() const {
    if (deadline_ && Clock::now() >= *deadline_) throw refusal(protocol::k_exit_busy, "");
  }

  Refused refusal(int exit, const std::string& hint) const {
    protocol::Problem problem;
    problem.code = exit == protocol::k_exit_busy ? Code::busy : Code::conflict;
    problem.message =
        format("cannot wait any longer{}{}", told_.empty() ? "" : ": ", told_.empty() ? "" : told_);
    problem.hint = hint;
    return {problem, exit};
  }

  /// Once, in words, what is waited for now: on standard error, for whoever looks at the journal of a unit.
  void tell(const std::string& why) {
    if (why == told_) return;
    told_ = why;
    if (!session_.options.json) warn(format("rigsetup: waiting: {}\n", why));
  }

  const Session& session_;
  std::optional<Clock::time_point> deadline_;
  std::string told_;
};

}  // namespace

int wait(Session& session) {
  const std::string body = Waiter(session).until_true();
  if (session.options.json) say_json(body);
  return protocol::k_exit_as_wanted;
}

}  // namespace rigsetup::cli
