// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/live_view.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "cli/columns.hpp"
#include "cli/plain_view.hpp"
#include "cli/run_view.hpp"

namespace rigsetup::cli {
namespace {

constexpr int k_clock = 8;         // columns of the time that a step takes, and before it
constexpr int k_least_label = 24;  // columns that numbers must leave for what is being done

int id_width(const RunState& state, const Screen& screen) {
  int widest = 1;
  for (const StepState& step : state.steps) widest = std::max(widest, display_width(printable(step.line.id)));
  return std::min(widest, std::max(8, screen.width / 4));
}

/// "▸ cuda      what            24 s left   0:41": the middle is cut so that the right always shows.
std::string step_line(Mark mark, const std::string& id, int width_of_id, std::string_view middle,
                      std::string_view right, const Screen& screen) {
  const int width = screen.width - 1;  // The last column stays free: some terminals wrap when it is written.
  const std::string left =
      screen.mark(mark) + " " + pad(fit(printable(id), width_of_id, screen.ellipsis()), width_of_id);
  const int room = width - width_of_id - 4 - (right.empty() ? 0 : display_width(right) + 1);
  if (room < 4) return fit(left, width, screen.ellipsis());
  std::string line = left + "  " + fit(middle, room, screen.ellipsis());
  if (!right.empty()) line = pad(line, width - display_width(right)) + std::string(right);
  return line;
}

std::string bar(int percent, const Screen& screen) {
  const int columns = screen.width >= 100 ? 20 : 10;
  const int full = columns * percent / 100;
  std::string text = screen.utf8 ? "" : "[";
  for (int i = 0; i < columns; ++i)
    text += screen.utf8 ? (i < full ? "\u2588" : "\u2591") : (i < full ? "#" : ".");
  return text + (screen.utf8 ? "" : "]");
}

std::string in_a_row(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts)
    if (!part.empty()) text += (text.empty() ? "" : "  ") + part;
  return text;
}

/// The numbers on the right: as many as leave enough room for what is being done.
std::string numbers(const Activity& activity, int label_width, int room, Moment now, const Screen& screen) {
  const std::string clock =
      pad_left(clock_text(std::chrono::duration_cast<std::chrono::seconds>(now - activity.started())), 5);
  const std::string amount = activity.amount();
  const std::string left = activity.left_text(now);
  const auto percent = activity.percent();
  const std::string drawn = percent ? bar(*percent, screen) : "";
  const std::string short_amount = percent ? format("{} %", *percent) : "";
  const std::vector<std::string> from_rich_to_poor{
      in_a_row({drawn, amount, activity.rate_text(now), left, clock}), in_a_row({drawn, amount, left, clock}),
      in_a_row({amount, left, clock}), in_a_row({short_amount, clock})};
  for (const std::string& candidate : from_rich_to_poor)
    if (room - display_width(candidate) >= std::min(label_width, k_least_label)) return candidate;
  return clock;
}

std::string doing(const StepState& step, const Activity* activity) {
  if (!step.retry.empty()) return "waits for its next try: " + printable(step.retry);
  if (activity != nullptr && !activity->doing().empty()) return activity->doing();
  return printable(step.line.title);
}

std::string running_line(const StepState& step, const Activity& activity, int width_of_id, Moment now,
                         const Screen& screen) {
  std::string label = doing(step, &activity);
  const int room = screen.width - 1 - width_of_id - 6;
  // Where there is no room for all, what keeps the step says more than what it is about.
  const std::string keeps = activity.culprit();
  if (!activity.progress().at.empty() && step.retry.empty() && display_width(label) > room - k_clock)
    label = keeps;
  return step_line(Mark::running, step.line.id, width_of_id, label,
                   numbers(activity, display_width(label), room, now, screen), screen);
}

/// "  42 %  ████░░░░░░  3 min 20 s left  ": what fits beside the rest of the line, and always the percentage.
std::string run_numbers(const Activities& activities, int rest, const Screen& screen) {
  const auto percent = activities.percent();
  if (!percent) return "";
  const std::string number = format("{} %", *percent);
  const std::string left = activities.left_text();
  for (const std::string& candidate :
       {in_a_row({number, bar(*percent, screen), left}), in_a_row({number, left})}) {
    if (display_width(candidate) + rest + 4 < screen.width) return "  " + candidate + "  ";
  }
  return "  " + in_a_row({number, screen.width >= 40 ? left : ""}) + "  ";
}

std::string sum_line(const RunState& state, const Activities& activities, Moment now, const Screen& screen) {
  std::size_t ended = 0;
  std::string uncut;
  for (const StepState& step : state.steps) {
    ended += step.outcome ? 1 : 0;
    const Activity* activity = activities.find(step.line.id);
    if (activity != nullptr && !activity->progress().may_cut) uncut = doing(step, activity);
  }
  const auto time =
      std::chrono::duration_cast<std::chrono::seconds>(std::max(now, state.started) - state.started);
  const std::string steps = format("{} of {} steps, {}; ", ended, state.steps.size(), clock_text(time));
  std::string keys = "Ctrl-C cancels";
  if (state.cancel_requested)
    keys = format("cancelling{}; Ctrl-C again to only detach", uncut.empty() ? "" : " after " + uncut);
  const std::string head = run_numbers(activities, display_width(steps + keys), screen);
  const int room = screen.width - 1 - display_width(head);
  return head +
         screen.paint(Style::dim, fit((head.empty() ? "  " : "") + steps + keys, room, screen.ellipsis()));
}

}  // namespace

std::string permanent_line(const Record& record, const RunState& after, const Screen& screen) {
  if (const auto* finished = std::get_if<StepFinished>(&record.event)) {
    const StepState* step = after.find(finished->step);
    if (step == nullptr || !step->outcome) return "";
    const std::string time = finished->milliseconds >= 1000
                                 ? human_duration(std::chrono::milliseconds(finished->milliseconds))
                                 : std::string();
    return step_line(mark_of(*step->outcome), step->line.id, id_width(after, screen),
                     outcome_words(*step, screen), time, screen);
  }
  const bool shown =
      std::holds_alternative<RunResumed>(record.event) || std::holds_alternative<PlanChanged>(record.event) ||
      std::holds_alternative<Finding>(record.event) || std::holds_alternative<RebootNeeded>(record.event) ||
      std::holds_alternative<CancelRequested>(record.event);
  return shown ? fit("  " + plain_line(record, screen), screen.width - 1, screen.ellipsis()) : "";
}

std::vector<std::string> live_block(const RunState& state, const Activities& activities, Moment now,
                                    const Screen& screen) {
  const int width_of_id = id_width(state, screen);
  std::vector<std::string> lines;
  std::vector<std::string> to_come;
  for (const StepState& step : state.steps) {
    if (const Activity* activity = activities.find(step.line.id))
      lines.push_back(running_line(step, *activity, width_of_id, now, screen));
    else if (!step.outcome)
      to_come.push_back(screen.paint(Style::dim, step_line(Mark::not_tried, step.line.id, width_of_id,
                                                           printable(step.line.title), "", screen)));
  }
  if (lines.empty() && activities.of_run())
    lines.push_back(fit(screen.mark(Mark::running) + " " + activities.of_run()->doing(), screen.width - 1,
                        screen.ellipsis()));
  const auto rows = static_cast<std::size_t>(std::max(3, screen.height - 2));
  if (lines.size() + to_come.size() + 1 > rows) {
    const std::size_t shown = rows > lines.size() + 2 ? rows - lines.size() - 2 : 0;
    const std::size_t hidden = to_come.size() - std::min(shown, to_come.size());
    to_come.resize(to_come.size() - hidden);
    if (hidden > 0) to_come.push_back(screen.paint(Style::dim, format("  and {} more to come", hidden)));
  }
  lines.insert(lines.end(), to_come.begin(), to_come.end());
  lines.push_back(sum_line(state, activities, now, screen));
  return lines;
}

}  // namespace rigsetup::cli
