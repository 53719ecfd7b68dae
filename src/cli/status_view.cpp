// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/status_view.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "cli/columns.hpp"
#include "cli/plan_view.hpp"
#include "cli/run_view.hpp"
#include "cli/table.hpp"

namespace rigsetup::cli {
namespace {

using protocol::CheckLine;
using protocol::StatusReply;

Mark mark_of(const StatusReply::Step& step) {
  if (step.state == "as-wanted") return Mark::as_wanted;
  if (step.state == "skipped") return Mark::skipped;
  if (step.state == "differs") return step.have.empty() || step.have == "absent" ? Mark::add : Mark::change;
  return Mark::unknown;
}

Mark mark_of(const CheckLine& check) {
  if (check.outcome == "passed") return Mark::passed;
  if (check.outcome == "failed") return Mark::failed;
  if (check.outcome == "skipped") return Mark::skipped;
  if (check.outcome == "deferred") return Mark::deferred;
  return Mark::unknown;
}

std::string state_words(const StatusReply::Step& step, const Screen& screen) {
  if (step.state == "as-wanted") return step.have.empty() ? "as wanted" : printable(step.have);
  if (step.state == "differs") return "differs: " + difference(step.have, step.want, screen);
  return step.reason.empty() ? printable(step.state)
                             : format("{}: {}", printable(step.state), printable(step.reason));
}

bool differs(const StatusReply::Step& step) { return step.state == "differs" || step.state == "pending"; }

std::string counted(std::ptrdiff_t count, std::string_view one, std::string_view many) {
  return count == 1 ? format("1 {}", one) : format("{} {}", count, many);
}

std::string verdict(const StatusReply& status, const Screen& screen) {
  if (!status.problem.empty()) return screen.paint(Style::warn, printable(status.problem));
  if (status.recipe_file.empty()) return "no active recipe";
  const auto differ = std::count_if(status.steps.begin(), status.steps.end(), differs);
  const auto unseen = std::count_if(status.steps.begin(), status.steps.end(),
                                    [](const StatusReply::Step& step) { return step.state == "unknown"; });
  const auto failed = std::count_if(status.checks.begin(), status.checks.end(),
                                    [](const CheckLine& check) { return check.outcome == "failed"; });
  std::vector<std::string> parts;
  if (differ > 0) parts.push_back(counted(differ, "step differs", "steps differ"));
  if (failed > 0) parts.push_back(counted(failed, "check failed", "checks failed"));
  if (!status.repair.empty()) parts.emplace_back("dpkg was interrupted");
  if (!parts.empty()) return screen.paint(Style::warn, join(parts, ", "));
  if (unseen == 0) return screen.paint(Style::good, "as wanted");
  return "nothing differs; " + counted(unseen, "step is", "steps are") + " not looked at by status";
}

std::string run_line(const StatusReply& status, Moment now, const Screen& screen) {
  if (status.run == 0) return "";
  std::string text = format("run {}: {}", status.run, printable(status.outcome));
  if (!status.ended.empty()) text += ", " + ago(status.ended, now);
  text = paragraph(text, screen, 2);
  if (!status.run_problem.empty()) text += paragraph(printable(status.run_problem), screen, 4);
  if (!status.run_hint.empty()) text += paragraph("hint: " + printable(status.run_hint), screen, 4);
  return text;
}

std::string hint_of(const StatusReply& status, const Screen& screen) {
  return status.hint.empty() ? "" : paragraph("hint: " + printable(status.hint), screen, 2);
}

}  // namespace

std::string checks_text(const std::vector<CheckLine>& checks, Moment now, const Screen& screen,
                        bool evidence) {
  int widest = 0;
  for (const CheckLine& check : checks) widest = std::max(widest, display_width(printable(check.step)));
  std::string text;
  for (const CheckLine& check : checks) {
    std::string words = check.outcome == "unknown" ? "not run yet" : printable(check.outcome);
    if (!check.time.empty()) words += ", " + ago(check.time, now);
    if (!check.reason.empty()) words += ": " + printable(check.reason);
    text +=
        table({{screen.mark(mark_of(check)) + " " + pad(printable(check.step), widest), words}}, screen, 2);
    if (!check.hint.empty()) text += paragraph("hint: " + printable(check.hint), screen, 6);
    if (!evidence && check.outcome != "failed") continue;
    for (const CheckLine::Proof& proof : check.evidence)
      text += paragraph(printable(proof.what), screen, 6) + quoted(proof.seen, screen, 6);
  }
  return text;
}

std::string status_text(const StatusReply& status, Moment now, const Screen& screen) {
  std::string text =
      status.recipe.empty() ? "" : screen.paint(Style::bold, printable(status.recipe)) + " on ";
  text += place_of(status.root);
  if (!status.os.empty()) text += format(" ({})", printable(status.os));
  text = paragraph(text + ": " + verdict(status, screen), screen, 0) + hint_of(status, screen) +
         run_line(status, now, screen);
  std::vector<Row> rows;
  for (const StatusReply::Step& step : status.steps)
    rows.push_back({screen.mark(mark_of(step)) + " " + printable(step.id), state_words(step, screen)});
  if (!rows.empty()) text += "\n" + table(rows, screen, 2);
  if (!status.checks.empty()) text += "\nChecks\n" + checks_text(status.checks, now, screen, false);
  if (!status.repair.empty())
    text += "\nAn earlier dpkg was interrupted; the next apply finishes it first:\n";
  for (const std::string& line : status.repair) text += paragraph(printable(line), screen, 4);
  if (!status.trouble.empty())
    text += "\n" +
            paragraph(format("Wrong: {}. rigsetup doctor says more.", printable(status.trouble)), screen, 0);
  if (status.reboot_required) text += "\nA reboot is needed: sudo systemctl reboot\n";
  if (status.running != 0) text += format("\nRun {} is going on.\n", status.running);
  return text;
}

bool any_failed(const std::vector<CheckLine>& checks) {
  return std::any_of(checks.begin(), checks.end(),
                     [](const CheckLine& check) { return check.outcome == "failed"; });
}

bool changes_needed(const StatusReply& status) {
  return !status.repair.empty() || any_failed(status.checks) ||
         std::any_of(status.steps.begin(), status.steps.end(), differs);
}

int exit_code(const StatusReply& status) {
  if (!status.problem.empty()) return protocol::k_exit_usage;
  if (changes_needed(status)) return protocol::k_exit_changes_needed;
  return status.reboot_required ? protocol::k_exit_reboot_needed : protocol::k_exit_as_wanted;
}

}  // namespace rigsetup::cli
