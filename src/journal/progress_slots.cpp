// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "journal/progress_slots.hpp"

#include <algorithm>

namespace rigsetup {
namespace {

constexpr std::chrono::milliseconds k_interval{100};

/// What a reader should know at once: another activity, or whether a cancel would take effect.
bool is_news(const Progress& before, const Progress& now) {
  return before.label != now.label || before.unit != now.unit || before.may_cut != now.may_cut ||
         before.at != now.at;
}

}  // namespace

bool ProgressSlots::put(std::int64_t run, const Progress& progress, Time now) {
  const auto [at, is_new] = runs_[run].try_emplace(progress.step);
  Slot& slot = at->second;
  const bool at_once = is_new || is_news(slot.value, progress);
  slot.value = progress;
  slot.held_back = true;
  if (at_once) publish(slot, now);
  return publish(run, now) || at_once;
}

bool ProgressSlots::publish(std::int64_t run, Time now) {
  const auto found = runs_.find(run);
  if (found == runs_.end()) return false;
  bool any = false;
  for (auto& [step, slot] : found->second) {
    if (!slot.held_back || now - slot.published < k_interval) continue;
    publish(slot, now);
    any = true;
  }
  return any;
}

void ProgressSlots::publish_all(std::int64_t run, Time now) {
  const auto found = runs_.find(run);
  if (found == runs_.end()) return;
  for (auto& [step, slot] : found->second) {
    if (slot.held_back) publish(slot, now);
  }
}

void ProgressSlots::publish(Slot& slot, Time now) {
  slot.shown = slot.value;
  slot.shown.number = ++last_number_;
  slot.published = now;
  slot.held_back = false;
}

void ProgressSlots::drop(std::int64_t run, const std::string& step) {
  const auto found = runs_.find(run);
  if (found != runs_.end()) found->second.erase(step);
}

void ProgressSlots::drop_steps(std::int64_t run) {
  const auto found = runs_.find(run);
  if (found == runs_.end()) return;
  std::erase_if(found->second, [](const auto& slot) { return !slot.first.empty(); });
  if (found->second.empty()) runs_.erase(found);
}

std::optional<int> ProgressSlots::percent(std::int64_t run) const {
  const auto found = runs_.find(run);
  if (found == runs_.end()) return std::nullopt;
  const auto sum = found->second.find("");
  if (sum == found->second.end()) return std::nullopt;
  return static_cast<int>(sum->second.value.done);
}

std::vector<Progress> ProgressSlots::since(std::int64_t run, std::uint64_t& number) const {
  std::vector<Progress> result;
  const auto found = runs_.find(run);
  if (found != runs_.end()) {
    for (const auto& [step, slot] : found->second) {
      if (slot.shown.number > number) result.push_back(slot.shown);
    }
  }
  number = last_number_;
  std::sort(result.begin(), result.end(),
            [](const Progress& a, const Progress& b) { return a.number < b.number; });
  return result;
}

}  // namespace rigsetup
