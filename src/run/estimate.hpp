// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <rigsetup/event/event.hpp>

namespace rigsetup {

/// How far a run is, as one number that never goes back, and how long it will still take. Pure: told what
/// happens and when, it looks at nothing. Used under its owner's lock.
class Estimate {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// A piece of work and the seconds that are expected of it.
  struct Part {
    std::vector<std::string> steps;  ///< whose work it is; several, when they change packages together
    std::string phase;               ///< "downloading", "installing"; empty: all that the step does
    double seconds = 1;
    bool measured = false;  ///< expected because it took that long before, on this machine
    bool proof = false;     ///< a check: what it has proved holds for another plan too
  };

  explicit Estimate(std::vector<Part> parts) {
    for (Part& part : parts) works_.push_back({std::move(part)});
  }

  /// `recorded`: how far the run was told to be with that event, when it is read from the journal; 0: it does
  /// not say. From RunResumed and PlanChanged on, what is left to do takes the run from there to a hundred.
  void take(const Event& event, Time now, int recorded = 0);
  void take(const Progress& progress, Time now);
  void pass(Time now);  ///< time passes, and those who work live

  int percent() const { return percent_; }  ///< 100 only when the run is done
  /// Nothing while that would be a guess: the most of it is work that is neither measured nor under way.
  std::optional<std::chrono::seconds> left(Time now) const;

 private:
  struct Work {
    Part part;
    enum class State { waiting, running, ended } state = State::waiting;
    Time began = {};
    double share = 0;         ///< that is done, 0 to 1; never less than before
    double told = 0;          ///< the amount that was reported last, as a share of its total
    double told_from = 0;     ///< `share` when the reports that count up to this total began
    std::uint64_t total = 0;  ///< of the last report
    bool ended_well = false;
    bool is_left() const { return state != State::ended || !ended_well; }
    bool is_counted() const { return !part.phase.empty(); }
    double seconds_in(Time now) const;
  };

  template <class Action>
  void each_of(const std::string& step, Action action);
  void begin(Work& work, Time now);
  void end(Work& work, bool well, Time now);
  void count(Work& work, double amount, std::uint64_t total);
  void go_on(bool another_plan);
  void sum_up();
  double left_of(const Work& work, Time now) const;
  double pace(Time now) const;

  std::vector<Work> works_;
  std::vector<Work> behind_;  ///< ended well before the run was gone on with
  std::optional<Time> first_begin_;
  double busy_ = 0;  ///< seconds that ended work took
  int percent_ = 0;
  int recorded_ = 0;  ///< the most that records say
  int floor_ = 0;     ///< where the run was when it was gone on with last
};

}  // namespace rigsetup
