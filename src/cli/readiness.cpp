// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/readiness.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "cli/status_view.hpp"

namespace rigsetup::cli {
namespace {

using protocol::StatusReply;

/// Is there something that status cannot look at, so that only the run can tell?
bool rests_on_the_run(const StatusReply& status) {
  return std::any_of(status.steps.begin(), status.steps.end(),
                     [](const StatusReply::Step& step) { return step.state == "unknown"; }) ||
         std::any_of(status.checks.begin(), status.checks.end(),
                     [](const protocol::CheckLine& check) { return check.outcome == "unknown"; });
}

Standing waits_for_somebody(int exit, std::string why, std::string hint) {
  Standing standing;
  standing.exit = exit;
  standing.why = std::move(why);
  standing.hint = std::move(hint);
  return standing;
}

Standing not_ready(const StatusReply& status) {
  const auto ended = [&](int exit, std::string_view how, std::string_view verb) {
    return waits_for_somebody(exit, format("run {} {}", status.run, how),
                              format("rigsetup {} {}", verb, status.run));
  };
  if (status.outcome == "failed") return ended(protocol::k_exit_failed, "failed", "show");
  if (status.outcome == "cancelled") return ended(protocol::k_exit_cancelled, "was cancelled", "resume");
  if (status.outcome == "waiting" || status.outcome == "interrupted")
    return ended(protocol::k_exit_busy, "waits to be resumed", "resume");
  if (changes_needed(status))
    return waits_for_somebody(protocol::k_exit_changes_needed,
                              "not everything is as the recipe " + printable(status.recipe) + " wants",
                              "rigsetup status shows what differs");
  if (status.reboot_required)
    return waits_for_somebody(protocol::k_exit_reboot_needed, "a reboot is needed", "sudo systemctl reboot");
  return ended(protocol::k_exit_failed, "did not end well", "show");
}

}  // namespace

Standing standing_of(const StatusReply& status, bool ready) {
  Standing standing;
  if (status.running != 0) {
    standing.run = status.running;
    standing.why = format("run {} is going on", status.running);
  } else if (ready && status.run == 0) {
    standing.why = "no recipe was applied yet";
  } else if (!ready || (exit_code(status) == protocol::k_exit_as_wanted &&
                        (status.outcome == "done" || !rests_on_the_run(status)))) {
    standing.met = true;
  } else {
    return not_ready(status);
  }
  return standing;
}

}  // namespace rigsetup::cli
