// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/history.hpp"

namespace rigsetup {

History History::read(const Journal& journal, std::int64_t run) {
  constexpr std::size_t k_piece = 1000;
  History history;
  std::int64_t last = 0;
  while (true) {
    const std::vector<Record> records = journal.read(run, last, k_piece);
    for (const Record& record : records) {
      last = record.sequence;
      if (const auto* begun = std::get_if<RunStarted>(&record.event)) history.take_lines(begun->steps);
      if (const auto* again = std::get_if<PlanChanged>(&record.event)) history.take_lines(again->steps);
      if (std::holds_alternative<RunResumed>(record.event)) history.resumed_ = true;
      if (const auto* started = std::get_if<StepStarted>(&record.event))
        history.steps_[started->step].open = true;
      if (const auto* finished = std::get_if<StepFinished>(&record.event)) {
        Step& step = history.steps_[finished->step];
        step.open = false;
        step.outcome = finished->outcome;
        step.ended = record.sequence;
        if (finished->outcome == Outcome::changed) step.changed = record.sequence;
      }
    }
    if (records.size() < k_piece) return history;
  }
}

/// An id that is now that of another step says nothing about it.
void History::take_lines(const std::vector<RunStarted::StepLine>& lines) {
  for (const RunStarted::StepLine& line : lines) {
    const auto [known, is_new] = lines_.try_emplace(line.id, line);
    if (is_new || (known->second.kind == line.kind && known->second.title == line.title)) continue;
    steps_.erase(line.id);
    known->second = line;
  }
}

const History::Step& History::of(const std::string& step) const {
  static const Step k_nothing;
  const auto found = steps_.find(step);
  return found == steps_.end() ? k_nothing : found->second;
}

}  // namespace rigsetup
