// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/slowest.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::cli {
namespace {

constexpr std::size_t k_most = 3;
constexpr std::int64_t k_worth_telling = 1000;  // ms

struct Piece {
  std::string name;
  std::int64_t milliseconds = 0;
};

/// A step's phases say more than the step, if they are most of it.
void add_pieces(const StepState& step, std::vector<Piece>& pieces) {
  std::int64_t told = 0;
  for (const PhaseEnded& phase : step.phases) told += phase.milliseconds;
  const std::string id = printable(step.line.id);
  if (told * 2 < step.milliseconds || told == 0) {
    pieces.push_back({id, step.milliseconds});
    return;
  }
  for (const PhaseEnded& phase : step.phases)
    pieces.push_back({format("{}: {}", id, printable(phase.label)), phase.milliseconds});
}

}  // namespace

std::vector<std::string> slowest(const RunState& state) {
  std::vector<Piece> pieces;
  std::set<std::int64_t>
      shared;  // Steps whose packages were one transaction all end with its time, to the ms.
  for (const StepState& step : state.steps)
    if (step.milliseconds > k_worth_telling && shared.insert(step.milliseconds).second)
      add_pieces(step, pieces);
  std::erase_if(pieces, [](const Piece& piece) { return piece.milliseconds <= k_worth_telling; });
  if (pieces.size() < 2) return {};
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.milliseconds > b.milliseconds; });
  pieces.resize(std::min(pieces.size(), k_most));
  std::vector<std::string> texts;
  for (const Piece& piece : pieces)
    texts.push_back(
        format("{} {}", piece.name, human_duration(std::chrono::milliseconds(piece.milliseconds))));
  return texts;
}

}  // namespace rigsetup::cli
