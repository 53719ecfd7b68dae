// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/plan_view.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "cli/columns.hpp"
#include "cli/table.hpp"

namespace rigsetup::cli {
namespace {

using protocol::PlanReply;

std::string growth(std::int64_t bytes) {
  if (bytes < 0) return "frees " + human_bytes(static_cast<std::uint64_t>(-bytes));
  return human_bytes(static_cast<std::uint64_t>(bytes)) + " more on disk";
}

std::string size(std::int64_t bytes) {
  return human_bytes(static_cast<std::uint64_t>(std::max<std::int64_t>(0, bytes)));
}

Mark mark_of(const PlanReply::Step& step) {
  if (step.verdict == "as-wanted") return Mark::as_wanted;
  if (step.verdict == "check") return Mark::check;
  if (step.verdict == "pending") return Mark::unknown;
  if (step.verdict == "skip") return Mark::skipped;
  if (step.id.starts_with("prune.")) return Mark::remove;
  return step.have.empty() || step.have == "absent" ? Mark::add : Mark::change;
}

std::string with_reason(std::string_view words, const std::string& reason) {
  return reason.empty() ? std::string(words) : format("{}: {}", words, printable(reason));
}

std::string what_happens(const PlanReply::Step& step, const Screen& screen) {
  if (step.verdict == "as-wanted") {  // of a check: what its earlier result was
    const std::string words =
        step.reason.empty() ? with_reason("as wanted", step.have) : printable(step.reason);
    return screen.paint(Style::dim, words);
  }
  if (step.verdict == "check") return with_reason("will be checked", step.reason);
  if (step.verdict == "pending") return with_reason("decided later", step.reason);
  if (step.verdict == "skip") return screen.paint(Style::dim, with_reason("skipped", step.reason));
  return difference(step.have, step.want, screen);
}

std::string steps_text(const PlanReply& plan, const Screen& screen) {
  const int title_width = screen.width == 0 ? 60 : std::max(12, screen.width * 2 / 5);
  std::vector<Row> rows;
  for (const PlanReply::Step& step : plan.steps)
    rows.push_back({screen.mark(mark_of(step)) + " " + printable(step.id),
                    fit(printable(step.title), title_width, screen.ellipsis()), what_happens(step, screen)});
  return table(rows, screen, 2);
}

std::string repair_text(const PlanReply& plan, const Screen& screen) {
  if (plan.repair.empty()) return "";
  std::string text =
      "\n" + paragraph(screen.paint(Style::warn,
                                    "Repair first: an earlier dpkg was interrupted and will be finished"),
                       screen, 0);
  for (const std::string& line : plan.repair) text += paragraph(printable(line), screen, 4);
  return text;
}

struct Kinds {
  std::string_view action;
  std::string_view done;  ///< "3 upgraded"
  Mark mark;
  bool needs_attention;  ///< shown among the first even if only a dependency
};
constexpr std::array<Kinds, 5> k_actions{{{"install", "new", Mark::add, false},
                                          {"upgrade", "upgraded", Mark::change, false},
                                          {"downgrade", "downgraded", Mark::change, true},
                                          {"reinstall", "reinstalled", Mark::change, false},
                                          {"remove", "removed", Mark::remove, true}}};

const Kinds& kind_of(const PlanReply::Change& change) {
  const auto found = std::find_if(k_actions.begin(), k_actions.end(),
                                  [&](const Kinds& kind) { return kind.action == change.action; });
  return found == k_actions.end() ? k_actions.front() : *found;
}

std::string counts_text(const PlanReply::Transaction& transaction) {
  std::vector<std::string> parts;
  for (const Kinds& kind : k_actions) {
    const auto count = std::count_if(transaction.changes.begin(), transaction.changes.end(),
                                     [&](const PlanReply::Change& c) { return c.action == kind.action; });
    if (count > 0) parts.push_back(format("{} {}", count, kind.done));
  }
  return parts.empty() ? "none changed" : join(parts, ", ");
}

/// "1.0 → 1.1", "1.1" when new, "1.0, removed".
std::string versions(const PlanReply::Change& change, const Screen& screen) {
  if (change.action == "remove") return printable(change.from) + ", removed";
  std::string text;
  if (!change.from.empty() && change.from != change.to)
    text = format("{} {} ", printable(change.from), screen.arrow());
  text += printable(change.to);
  if (change.action == "downgrade") text += ", downgraded";
  if (change.action == "reinstall") text += ", installed again";
  return text;
}

std::string transaction_text(const PlanReply::Transaction& transaction, const Screen& screen) {
  std::string text =
      "\n" + paragraph(format("Packages for {}: {}; download {}, {}",
                              printable(join(transaction.steps, ", ")), counts_text(transaction),
                              size(transaction.download_bytes), growth(transaction.disk_bytes)),
                       screen, 0);
  std::vector<Row> first;
  std::vector<std::string> others;
  for (const PlanReply::Change& change : transaction.changes) {
    const Kinds& kind = kind_of(change);
    const std::string name = printable(change.name);
    if (change.requested || kind.needs_attention)
      first.push_back({screen.mark(kind.mark) + " " + screen.paint(Style::bold, name),
                       versions(change, screen), screen.paint(Style::dim, printable(change.origin))});
    else
      others.push_back(format("{} {}", name, versions(change, screen)));
  }
  text += table(first, screen, 2);
  if (!others.empty()) {
    text += format("  what else comes along ({}):\n", others.size());
    for (const std::string& line : in_columns(others, screen.width, 4)) text += line + "\n";
  }
  if (!transaction.hold.empty())
    text +=
        paragraph("held at these versions afterwards: " + printable(join(transaction.hold, ", ")), screen, 2);
  return text;
}

/// What rigsetup made and the recipe does not name any more; with --prune its steps say so.
std::string leftovers_text(const PlanReply& plan, const Screen& screen) {
  if (plan.leftovers.empty() || plan.prune) return "";
  std::vector<std::string> names;
  for (const PlanReply::Leftover& leftover : plan.leftovers)
    names.push_back(printable(leftover.noun + " " + leftover.name));
  return "\n" +
         paragraph("No longer in the recipe: kept (--prune takes it away): " + join(names, ", "), screen, 0);
}

std::string consents_text(const PlanReply& plan, const Screen& screen) {
  if (plan.consents.empty()) return "";
  std::string text = "\n" + screen.paint(Style::warn, "Beyond what the recipe says, this plan") + "\n";
  for (const PlanReply::Consent& consent : plan.consents)
    text += paragraph(format("{} (--allow-{})", printable(consent.text), printable(consent.word)), screen, 2);
  return text;
}

std::string sum_text(const PlanReply& plan, const Screen& screen) {
  const auto count = [&](std::string_view verdict) {
    return std::count_if(plan.steps.begin(), plan.steps.end(),
                         [&](const PlanReply::Step& step) { return step.verdict == verdict; });
  };
  if (plan.empty) return "\nNothing to do.\n";
  std::vector<std::string> parts;
  if (!plan.repair.empty()) parts.emplace_back("dpkg is repaired first");
  if (count("change") > 0)
    parts.push_back(format("{} of {} steps to change", count("change"), plan.steps.size()));
  if (count("pending") > 0) parts.push_back(format("{} decided later", count("pending")));
  if (parts.empty()) parts.emplace_back("nothing to change");
  if (count("check") > 0) parts.push_back(format("{} to check", count("check")));
  if (!plan.transactions.empty()) {
    parts.push_back("download " + size(plan.download_bytes));
    parts.push_back(growth(plan.disk_bytes));
    if (plan.free_bytes > 0) parts.push_back(size(plan.free_bytes) + " free");
  }
  return "\n" + paragraph(join(parts, screen.separator()), screen, 0);
}

std::string line_of(std::string_view source, int number) {
  const std::vector<std::string> lines = split_lines(source);
  if (number < 1 || static_cast<std::size_t>(number) > lines.size()) return "";
  return lines[static_cast<std::size_t>(number) - 1];
}

/// The line that is complained of, and a caret below the column. Tabs become a space, as they count one
/// column.
std::string pointed_line(const Place& place, std::string_view source, const Screen& screen) {
  std::string line = line_of(source, place.line);
  std::replace(line.begin(), line.end(), '\t', ' ');
  if (line.empty() || place.column < 1) return "";
  const std::string before = printable(line.substr(0, static_cast<std::size_t>(place.column) - 1));
  if (static_cast<std::size_t>(place.column) > line.size() + 1) return "";
  return format("    {}\n    {}{}\n", printable(line),
                std::string(static_cast<std::size_t>(display_width(before)), ' '),
                screen.paint(Style::bad, "^"));
}

}  // namespace

std::string plan_text(const PlanReply& plan, std::string_view os, const Screen& screen) {
  std::string head = format("Plan for {}", screen.paint(Style::bold, printable(plan.recipe)));
  const bool described = !plan.rig.empty() && plan.rig == plan.root;
  if (described) {
    head += format(" on the machine that {} describes", printable(plan.rig));
  } else {
    head += plan.root.empty() || plan.root == "/" ? " on this machine" : " on " + printable(plan.root);
  }
  if (!os.empty()) head += format(" ({})", printable(os));
  if (!plan.rig.empty() && !described)
    head += format(", for the machine that {} describes", printable(plan.rig));
  std::string text = paragraph(head, screen, 0) + "\n" + steps_text(plan, screen) + repair_text(plan, screen);
  for (const PlanReply::Transaction& transaction : plan.transactions)
    text += transaction_text(transaction, screen);
  text += consents_text(plan, screen) + leftovers_text(plan, screen);
  if (!plan.notes.empty()) text += "\n";
  for (const std::string& note : plan.notes) text += paragraph("Note: " + printable(note), screen, 0);
  return text + sum_text(plan, screen);
}

bool changes_needed(const PlanReply& plan) {
  return !plan.repair.empty() ||
         std::any_of(plan.steps.begin(), plan.steps.end(), [](const PlanReply::Step& step) {
           return step.verdict == "change" || step.verdict == "pending";
         });
}

std::string difference(const std::string& have, const std::string& want, const Screen& screen) {
  if (want.empty()) return printable(have);
  return format("{} {} {}", have.empty() ? "nothing" : printable(have), screen.arrow(), printable(want));
}

std::string complaints_text(const std::vector<Complaint>& complaints, std::string_view source,
                            const Screen& screen) {
  std::string text;
  for (const Complaint& complaint : complaints) {
    const std::string place = printable(complaint.place.text());
    text += format("{}{}{}\n", place, place.empty() ? "" : ": ", printable(complaint.message));
    text += pointed_line(complaint.place, source, screen);
    if (!complaint.hint.empty()) text += format("    hint: {}\n", printable(complaint.hint));
  }
  return text;
}

}  // namespace rigsetup::cli
