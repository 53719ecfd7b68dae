// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/readiness.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "cli/status_view.hpp"

namespace rigsetup::cli {
namespace {

using protocol::RunLine;
using protocol::StatusReply;

Standing waits_for_somebody(int exit, std::string why, std::string hint) {
  Standing standing;
  standing.exit = exit;
  standing.why = std::move(why);
  standing.hint = std::move(hint);
  return standing;
}

/// Of a root on which no run goes on.
Standing settled(const StatusReply& status, const RunLine& newest) {
  const auto ended = [&](int exit, std::string_view how, std::string_view verb) {
    return waits_for_somebody(exit, format("run {} {}", newest.run, how),
                              format("rigsetup {} {}", verb, newest.run));
  };
  if (newest.outcome == "failed") return ended(protocol::k_exit_failed, "failed", "show");
  if (newest.outcome == "cancelled") return ended(protocol::k_exit_cancelled, "was cancelled", "resume");
  if (newest.outcome == "waiting" && newest.run == status.run && !status.run_problem.empty())
    return waits_for_somebody(protocol::k_exit_busy, printable(status.run_problem),
                              printable(status.run_hint));
  if (newest.outcome == "waiting" || newest.outcome == "interrupted")
    return ended(protocol::k_exit_busy, "waits to be resumed", "resume");
  if (!status.problem.empty()) return waits_for_somebody(protocol::k_exit_usage, status.problem, status.hint);
  if (changes_needed(status))
    return waits_for_somebody(protocol::k_exit_changes_needed,
                              "not everything is as the recipe " + printable(status.recipe) + " wants",
                              "rigsetup status shows what differs");
  if (status.reboot_required)
    return waits_for_somebody(protocol::k_exit_reboot_needed, "a reboot is needed", "sudo systemctl reboot");
  Standing standing;
  standing.met = true;
  return standing;
}

}  // namespace

Standing standing_of(const StatusReply& status, const RunLine& newest, bool ready) {
  Standing standing;
  if (status.running != 0) {
    standing.run = status.running;
    standing.why = format("run {} is going on", status.running);
  } else if (!ready) {
    standing.met = true;
  } else if (newest.run == 0) {
    standing.why = "no recipe was applied yet";
  } else {
    return settled(status, newest);
  }
  return standing;
}

}  // namespace rigsetup::cli
