// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "recipe/step_reader.hpp"

namespace rigsetup {
namespace {

/// Looks for a circle among the steps. An edge goes from a step to one that must come first.
class CircleSearch {
 public:
  explicit CircleSearch(std::vector<std::vector<std::size_t>> edges)
      : edges_(std::move(edges)), state_(edges_.size(), State::unseen) {}

  /// A circle that can be reached from the step and was not met before: a, b, ..., a. Empty if there is none.
  std::vector<std::size_t> from(std::size_t step) {
    if (state_[step] == State::done) return {};
    if (state_[step] == State::on_path) {
      const auto start = std::find(path_.begin(), path_.end(), step);
      std::vector<std::size_t> circle(start, path_.end());
      circle.push_back(step);
      return circle;
    }
    state_[step] = State::on_path;
    path_.push_back(step);
    std::vector<std::size_t> circle;
    for (const std::size_t next : edges_[step]) {
      circle = from(next);
      if (!circle.empty()) break;
    }
    path_.pop_back();
    state_[step] = State::done;
    return circle;
  }

 private:
  enum class State { unseen, on_path, done };
  std::vector<std::vector<std::size_t>> edges_;
  std::vector<State> state_;
  std::vector<std::size_t> path_;
};

}  // namespace

void StepReader::check_needs(const std::vector<Step>& steps) const {
  std::vector<std::string> known;
  for (const auto& [id, named] : ids_) known.push_back(id);
  std::map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < steps.size(); ++i) index.emplace(steps[i].id, i);

  std::vector<std::vector<std::size_t>> edges(steps.size());
  std::vector<std::map<std::size_t, Mark>> marks(steps.size());  // where a step names one it needs
  constexpr std::size_t k_most_suggestions = 100;                // each costs a look at all ids
  for (const auto& [id, needs] : needs_) {
    for (const Need& need : needs) {
      if (need.id == id) {
        report_.at(need.mark, "a step cannot need itself", "remove it");
      } else if (ids_.find(need.id) == ids_.end()) {
        const bool suggest = complaints_.size() < k_most_suggestions;
        const std::optional<std::string> meant = suggest ? suggestion(need.id, known) : std::nullopt;
        report_.at(
            need.mark, format("there is no step \"{}\"", excerpt(need.id)),
            meant ? format("did you mean \"{}\"?", *meant) : "needs takes ids of steps of this recipe");
      } else if (index.count(id) != 0 && index.count(need.id) != 0) {
        edges[index.at(id)].push_back(index.at(need.id));
        marks[index.at(id)].emplace(index.at(need.id), need.mark);
      }
    }
  }
  // A step that does not say what it needs may come after every step above it; whether it does, its kind
  // decides.
  for (std::size_t i = 0; i < steps.size(); ++i) {
    for (std::size_t above = 0; above < i && !steps[i].needs; ++above) edges[i].push_back(above);
  }

  CircleSearch search(std::move(edges));
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::vector<std::size_t> circle = search.from(i);
    if (circle.empty()) continue;
    std::vector<std::string> names;
    std::string hint = "remove one of these needs";
    std::optional<Mark> mark;
    for (std::size_t k = 0; k < circle.size(); ++k) {
      names.push_back(steps[circle[k]].id);
      if (k + 1 == circle.size()) break;
      const auto written = marks[circle[k]].find(circle[k + 1]);
      if (written == marks[circle[k]].end()) {
        hint = format("without \"needs\", {} comes after all steps above it", names.back());
      } else if (!mark) {
        mark = written->second;
      }
    }
    report_.at(mark.value_or(Mark{}), "these steps need each other: " + join(names, " -> "), hint);
  }
}

}  // namespace rigsetup
