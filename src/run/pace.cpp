// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "run/pace.hpp"

#include <algorithm>
#include <unordered_map>

namespace rigsetup {
namespace {

constexpr std::size_t k_runs = 10;
constexpr std::size_t k_records = 1000;  // of each: bounded, whatever the runs were
constexpr int k_times = 5;               // of a phase that are summed up

// What a phase takes where none was ever seen; a machine with a usual disk and a usual line.
constexpr double k_bytes_a_second = 10e6;
constexpr double k_disk_bytes_a_second = 60e6;
constexpr double k_seconds_a_package = 0.2;
constexpr double k_repair_seconds = 5;

}  // namespace

Pace Pace::read(const Journal& journal, std::int64_t before) {
  Pace pace;
  for (const RunLine& run : journal.runs(k_runs + 1)) {
    if (run.id < before) pace.learn(journal.read(run.id, 0, k_records));
  }
  return pace;
}

void Pace::learn(const std::vector<Record>& records) {
  std::unordered_map<std::string, RunStarted::StepLine> lines;
  bool resumed = false;  // a step that was cut in two tells no time
  const auto take_lines = [&](const std::vector<RunStarted::StepLine>& steps) {
    for (const auto& line : steps) lines[line.id] = line;
  };
  for (const Record& record : records) {
    if (const auto* started = std::get_if<RunStarted>(&record.event)) take_lines(started->steps);
    if (const auto* again = std::get_if<PlanChanged>(&record.event)) take_lines(again->steps);
    resumed = resumed || std::holds_alternative<RunResumed>(record.event);
    if (const auto* phase = std::get_if<PhaseEnded>(&record.event)) {
      add(lines[phase->step], phase->label, static_cast<double>(phase->milliseconds) / 1000,
          static_cast<double>(phase->amount));
    }
    const auto* finished = std::get_if<StepFinished>(&record.event);
    if (!finished || resumed) continue;
    if (finished->outcome != Outcome::changed && finished->outcome != Outcome::passed) continue;
    add(lines[finished->step], {}, static_cast<double>(finished->milliseconds) / 1000, 0);
  }
}

void Pace::add(const RunStarted::StepLine& step, const std::string& phase, double seconds, double amount) {
  steps_.try_emplace({step.kind, step.title, phase}, Took{seconds, amount, 1});
  if (phase.empty() || amount <= 0) return;
  Took& sum = phases_[phase];
  if (sum.times == k_times) return;
  sum.seconds += seconds;
  sum.amount += amount;
  ++sum.times;
}

std::optional<double> Pace::seconds(const std::string& kind, const std::string& title,
                                    const std::string& phase, double amount) const {
  const auto by_amount = [amount](const Took& took) { return took.seconds / took.amount * amount; };
  if (const auto step = steps_.find({kind, title, phase}); step != steps_.end()) {
    return step->second.amount > 0 && amount > 0 ? by_amount(step->second) : step->second.seconds;
  }
  if (const auto sum = phases_.find(phase); sum != phases_.end() && amount > 0) return by_amount(sum->second);
  return std::nullopt;
}

std::vector<Estimate::Part> parts_of(const BuiltRecipe& recipe, const Plan& plan, const Pace& pace) {
  std::vector<Estimate::Part> parts;
  const auto add = [&](std::vector<std::string> steps, const PlanStep& line, const char* phase, double amount,
                       double guess) {
    const auto seen = pace.seconds(line.kind, line.title, phase, amount);
    parts.push_back({std::move(steps), phase, std::max(0.05, seen.value_or(guess)), seen.has_value()});
  };
  if (plan.repair.needed()) parts.push_back({{std::string(k_repair_step)}, "", k_repair_seconds, false});
  std::vector<bool> added(plan.transactions.size());
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const PlanStep& step = plan.steps[i];
    if (step.verdict == Verdict::as_wanted || step.verdict == Verdict::skip) continue;
    if (step.transaction < 0) {
      add({step.id}, step, "", 0, static_cast<double>(recipe.steps.at(i).kind->usual.count()));
      parts.back().proof = step.verdict == Verdict::check;
      continue;
    }
    const auto index = static_cast<std::size_t>(step.transaction);
    if (added[index]) continue;
    added[index] = true;
    const apt::Transaction& transaction = plan.transactions[index];
    const auto bytes = static_cast<double>(transaction.download_bytes());
    const auto packages = static_cast<double>(transaction.changes.size());
    const double disk = std::max(0.0, static_cast<double>(transaction.disk_bytes()));
    if (bytes > 0) add(transaction.steps, step, "downloading", bytes, bytes / k_bytes_a_second);
    add(transaction.steps, step, "installing", packages,
        packages * k_seconds_a_package + disk / k_disk_bytes_a_second);
  }
  return parts;
}

Estimate estimate_of(const Journal& journal, const BuiltRecipe& recipe, const Plan& plan, std::int64_t run) {
  Estimate estimate(parts_of(recipe, plan, Pace::read(journal, run)));
  const auto now = std::chrono::steady_clock::now();
  for (std::int64_t last = 0;;) {
    const std::vector<Record> records = journal.read(run, last, k_records);
    if (records.empty()) return estimate;
    for (const Record& record : records) estimate.take(record.event, now, record.percent);
    last = records.back().sequence;
  }
}

}  // namespace rigsetup
