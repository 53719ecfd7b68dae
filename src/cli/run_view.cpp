// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/run_view.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/protocol/messages.hpp>

#include "cli/columns.hpp"
#include "cli/moment.hpp"
#include "cli/plan_view.hpp"
#include "cli/slowest.hpp"
#include "cli/table.hpp"

namespace rigsetup::cli {
namespace {

std::string_view words(Outcome outcome) {
  switch (outcome) {
    case Outcome::changed:
      return "changed";
    case Outcome::as_wanted:
      return "as wanted";
    case Outcome::passed:
      return "passed";
    case Outcome::skipped:
      return "skipped";
    case Outcome::deferred:
      return "deferred";
    case Outcome::failed:
      return "failed";
    case Outcome::cancelled:
      return "cancelled";
    case Outcome::not_tried:
      return "not tried";
  }
  return "";
}

std::string_view words(RunOutcome outcome) {
  switch (outcome) {
    case RunOutcome::running:
      return "going on";
    case RunOutcome::done:
      return "done";
    case RunOutcome::failed:
      return "failed";
    case RunOutcome::cancelled:
      return "cancelled";
    case RunOutcome::reboot_required:
      return "done but for a reboot";
    case RunOutcome::waiting:
      return "waiting";
    case RunOutcome::interrupted:
      return "interrupted";
  }
  return "";
}

Style style_of(RunOutcome outcome) {
  if (outcome == RunOutcome::done) return Style::good;
  return outcome == RunOutcome::failed ? Style::bad : Style::warn;
}

/// "5 changed, 2 as wanted, 3 checks passed, 1 not tried"
std::string counts_text(const RunState& state) {
  constexpr std::array<std::pair<Outcome, std::string_view>, 8> k_order{
      {{Outcome::changed, "changed"},
       {Outcome::as_wanted, "as wanted"},
       {Outcome::passed, "passed their check"},
       {Outcome::skipped, "skipped"},
       {Outcome::deferred, "deferred"},
       {Outcome::failed, "failed"},
       {Outcome::cancelled, "cancelled"},
       {Outcome::not_tried, "not tried"}}};
  const auto counts = state.counts();
  std::vector<std::string> parts;
  for (const auto& [outcome, text] : k_order) {
    const auto found = counts.find(outcome);
    if (found == counts.end()) continue;
    const std::string_view said =
        outcome == Outcome::passed ? (found->second == 1 ? "check passed" : "checks passed") : text;
    parts.push_back(format("{} {}", found->second, said));
  }
  return join(parts, ", ");
}

std::string hint_text(const std::string& hint, const Screen& screen, int indent) {
  return hint.empty() ? "" : paragraph("hint: " + printable(hint), screen, indent);
}

std::string evidence_text(const std::vector<Evidence>& evidence, const Screen& screen, int indent) {
  std::string text;
  for (const Evidence& proof : evidence)
    text += paragraph(printable(proof.what), screen, indent) + quoted(proof.seen, screen, indent);
  return text;
}

std::string faults_text(const std::vector<Fault>& faults, const Screen& screen, int indent) {
  std::string text;
  for (const Fault& fault : faults)
    text += paragraph(printable(fault.message, true), screen, indent) + hint_text(fault.hint, screen, indent);
  return text;
}

std::string findings_text(const std::vector<Finding>& findings, const Screen& screen) {
  std::string text;
  for (const Finding& finding : findings) {
    const std::string about = finding.step.empty() ? "" : " on " + printable(finding.step);
    text += paragraph(format("Note{}: {}", about, printable(finding.message)), screen, 0) +
            hint_text(finding.hint, screen, 4);
  }
  return text;
}

std::string heading(const StepState& step, const Screen& screen) {
  return format("{} {} {}", screen.mark(mark_of(*step.outcome)),
                screen.paint(Style::bold, printable(step.line.id)), words(*step.outcome));
}

/// Of a step that did not simply go well; empty for others.
std::string trouble_text(const StepState& step, const Screen& screen) {
  if (!step.outcome) return "";
  switch (*step.outcome) {
    case Outcome::failed:
      return paragraph(heading(step, screen), screen, 0) + faults_text(step.faults, screen, 4) +
             (step.faults.empty() ? paragraph(printable(step.reason), screen, 4) : "") +
             evidence_text(step.evidence, screen, 4);
    case Outcome::skipped:
    case Outcome::deferred:
    case Outcome::cancelled:
    case Outcome::not_tried:
      return paragraph(heading(step, screen) + (step.reason.empty() ? "" : ": " + printable(step.reason)),
                       screen, 0);
    default:
      return "";
  }
}

std::string findings_of_all(const RunState& state, const Screen& screen) {
  std::string text = findings_text(state.findings, screen);
  for (const StepState& step : state.steps) text += findings_text(step.findings, screen);
  return text;
}

std::string end_text(const RunState& state, const Screen& screen) {
  std::string text = findings_of_all(state, screen) + faults_text(state.faults, screen, 0);
  for (const RebootNeeded& reboot : state.reboots)
    text += paragraph("A reboot is needed: " + printable(reboot.why), screen, 0);
  return text;
}

std::string head_text(const RunState& state, const Screen& screen) {
  std::string text =
      format("Run {}: {}", state.run, screen.paint(style_of(state.outcome), words(state.outcome)));
  if (state.ended_already() && state.ended > state.started) {
    using std::chrono::milliseconds;
    text += " after " + human_duration(std::chrono::duration_cast<milliseconds>(state.ended - state.started));
  }
  const std::string counts = counts_text(state);
  return paragraph(text + (counts.empty() ? "" : "; " + counts), screen, 0);
}

/// What was asked for, when and by whom. Of digests only the beginning, which is enough to compare by eye.
std::string origin_text(const RunState& state, const Screen& screen) {
  constexpr std::size_t k_short = 12;
  const RunStarted& header = state.header;
  std::string what = format("{} on {}", printable(header.recipe), place_of(header.root));
  if (!header.recipe_digest.empty())
    what += "; recipe sha256 " + printable(header.recipe_digest.substr(0, k_short));
  if (!header.plan_digest.empty()) what += ", plan " + printable(header.plan_digest.substr(0, k_short));
  std::string when = "started " + local_time(iso_time(state.started));
  if (!header.caller.user.empty())
    when += format(" by {} (uid {})", who_text(header.caller), header.caller.uid);
  return paragraph(what, screen, 2) + paragraph(when, screen, 2);
}

/// One line of `show`; the fault of a failed step follows below.
std::string step_text(const StepState& step, int width_of_id, bool run_ended, const Screen& screen) {
  Mark mark = step.started && !run_ended ? Mark::running : Mark::not_tried;
  std::string said = outcome_words(step, screen);
  if (step.outcome)
    mark = mark_of(*step.outcome);
  else if (run_ended)
    said = "not ended";
  if (step.outcome == Outcome::failed && !step.faults.empty()) said = words(Outcome::failed);
  if (step.milliseconds >= 1000)
    said += format(" ({})", human_duration(std::chrono::milliseconds(step.milliseconds)));
  const std::string id = pad(screen.paint(Style::bold, printable(step.line.id)), width_of_id);
  return table({{screen.mark(mark) + " " + id, said}}, screen);
}

/// "made nginx and 12 that came along"
std::string things_text(std::string_view done, const std::vector<Thing>& things, const Screen& screen) {
  std::vector<std::string> names;
  std::size_t along = 0;
  for (const Thing& thing : things) {
    if (thing.along)
      ++along;
    else
      names.push_back(printable(thing.name));
  }
  if (names.empty() && along == 0) return "";
  std::string text = format("{} {}", done, names.empty() ? "nothing by name" : join(names, ", "));
  if (along > 0) text += format(", and {} that came along", along);
  return paragraph(text, screen, 4);
}

std::string step_detail(const StepState& step, const Screen& screen) {
  std::string text;
  const std::string change = difference(step.have, step.want, screen);
  if (!change.empty() && step.outcome != Outcome::changed) text += paragraph(change, screen, 4);
  if (!step.reason.empty() && step.outcome == Outcome::failed)
    text += paragraph(printable(step.reason), screen, 4);
  text += things_text("made", step.made, screen) + things_text("took away", step.removed, screen);
  return text + faults_text(step.faults, screen, 4) + evidence_text(step.evidence, screen, 4);
}

}  // namespace

Mark mark_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::changed:
      return Mark::add;
    case Outcome::as_wanted:
      return Mark::as_wanted;
    case Outcome::passed:
      return Mark::passed;
    case Outcome::skipped:
      return Mark::skipped;
    case Outcome::deferred:
      return Mark::deferred;
    case Outcome::failed:
    case Outcome::cancelled:
      return Mark::failed;
    case Outcome::not_tried:
      return Mark::not_tried;
  }
  return Mark::unknown;
}

std::string outcome_words(const StepState& step, const Screen& screen) {
  if (!step.outcome) return step.started ? "running" : "to come";
  std::string text(words(*step.outcome));
  std::string detail = printable(step.reason);
  if (*step.outcome == Outcome::changed) detail = difference(step.have, step.want, screen);
  if (*step.outcome == Outcome::failed && !step.faults.empty())
    detail = printable(step.faults.front().message);
  return detail.empty() ? text : format("{}: {}", text, detail);
}

std::string place_of(const std::string& root) {
  return root.empty() || root == "/" ? "this machine" : printable(root);
}

std::string who_text(const Caller& caller) {
  const std::string user = printable(caller.user);
  return caller.terminal.empty() ? user : format("{} on {}", user, printable(caller.terminal));
}

std::string recap_text(const RunState& state, const Screen& screen) {
  std::string text = head_text(state, screen);
  if (const auto longest = slowest(state); !longest.empty())
    text += paragraph("The longest: " + join(longest, ", "), screen, 0);
  std::string troubles;
  for (const StepState& step : state.steps) troubles += trouble_text(step, screen);
  const std::string end = end_text(state, screen);
  if (!troubles.empty()) text += "\n" + troubles;
  if (!end.empty()) text += "\n" + end;
  return text;
}

std::string run_text(const RunState& state, const Screen& screen) {
  std::string text = head_text(state, screen);
  text += origin_text(state, screen);
  if (state.resumed > 0)
    text += format("  went on after an interruption: {}\n",
                   state.resumed == 1 ? "once" : format("{} times", state.resumed));
  text += "\n";
  int width_of_id = 1;
  for (const StepState& step : state.steps)
    width_of_id = std::max(width_of_id, display_width(printable(step.line.id)));
  for (const StepState& step : state.steps) {
    text += step_text(step, width_of_id, state.ended_already(), screen);
    text += step_detail(step, screen);
  }
  const std::string end = end_text(state, screen);
  return text + (end.empty() ? "" : "\n" + end);
}

int exit_code(const RunState& state) {
  switch (state.outcome) {
    case RunOutcome::done:
      return protocol::k_exit_as_wanted;
    case RunOutcome::failed:
      return protocol::k_exit_failed;
    case RunOutcome::cancelled:
      return protocol::k_exit_cancelled;
    case RunOutcome::reboot_required:
      return protocol::k_exit_reboot_needed;
    case RunOutcome::running:
    case RunOutcome::waiting:
    case RunOutcome::interrupted:
      return protocol::k_exit_busy;
  }
  return protocol::k_exit_failed;
}

}  // namespace rigsetup::cli
