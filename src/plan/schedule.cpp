// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <utility>

#include <rigsetup/plan/schedule.hpp>

namespace rigsetup {

Schedule::Schedule(std::vector<Node> nodes)
    : nodes_(std::move(nodes)), states_(nodes_.size(), State::waiting) {}

bool Schedule::claim_is_free(Claim claim) const {
  if (claim == Claim::none) return true;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (states_[i] != State::running || nodes_[i].claim == Claim::none) continue;
    if (claim == Claim::exclusive || nodes_[i].claim == Claim::exclusive) return false;
  }
  return true;
}

std::optional<std::size_t> Schedule::start_next() {
  const auto is_well = [&](std::size_t need) { return states_[need] == State::well; };
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (states_[i] != State::waiting || !std::all_of(node.needs.begin(), node.needs.end(), is_well)) continue;
    if (!claim_is_free(node.claim)) continue;
    states_[i] = State::running;
    return i;
  }
  return std::nullopt;
}

std::vector<std::size_t> Schedule::ended(std::size_t node, bool well) {
  states_[node] = well ? State::well : State::not_well;
  std::vector<std::size_t> given_up;
  if (well) return given_up;
  const auto cannot_be = [&](std::size_t need) { return states_[need] == State::not_well; };
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const std::vector<std::size_t>& needs = nodes_[i].needs;
      if (states_[i] != State::waiting || std::none_of(needs.begin(), needs.end(), cannot_be)) continue;
      states_[i] = State::not_well;
      given_up.push_back(i);
      more = true;
    }
  }
  std::sort(given_up.begin(), given_up.end());
  return given_up;
}

std::vector<std::size_t> Schedule::stop() {
  std::vector<std::size_t> not_started;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (states_[i] != State::waiting) continue;
    states_[i] = State::not_well;
    not_started.push_back(i);
  }
  return not_started;
}

bool Schedule::running() const {
  return std::find(states_.begin(), states_.end(), State::running) != states_.end();
}

bool Schedule::finished() const {
  // A waiting node either can start, or waits for one that runs: needs form no cycle.
  return !running() && std::find(states_.begin(), states_.end(), State::waiting) == states_.end();
}

}  // namespace rigsetup
