// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "plan/stages.hpp"

#include <algorithm>
#include <utility>

#include <rigsetup/plan/schedule.hpp>

namespace rigsetup {

std::vector<StageSteps> stages_of(const std::vector<StagedStep>& steps) {
  std::vector<Schedule::Node> nodes;
  for (const StagedStep& step : steps) nodes.push_back({step.needs, Schedule::Claim::none});
  Schedule schedule(std::move(nodes));

  std::vector<StageSteps> stages;
  StageSteps stage;
  while (!schedule.finished()) {
    while (const auto step = schedule.start_next()) {
      if (steps[*step].packages) {
        stage.packages.push_back(*step);
      } else {
        stage.before.push_back(*step);
        schedule.ended(*step, true);
      }
    }
    if (stage.packages.empty()) break;
    for (const std::size_t step : stage.packages) schedule.ended(step, true);
    std::sort(stage.before.begin(), stage.before.end());
    std::sort(stage.packages.begin(), stage.packages.end());
    stages.push_back(std::exchange(stage, {}));
  }
  return stages;
}

}  // namespace rigsetup
