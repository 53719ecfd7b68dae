// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <array>

#include <rigsetup/base/format.hpp>
#include <rigsetup/event/event.hpp>

// The names by which enums are known outside. They are in journals: never change one, only add.
namespace rigsetup {
namespace {

constexpr std::array<std::string_view, 8> k_outcomes = {"changed",  "as-wanted", "passed",    "skipped",
                                                        "deferred", "failed",    "cancelled", "not-tried"};
constexpr std::array<std::string_view, 7> k_run_outcomes = {
    "running", "done", "failed", "cancelled", "reboot-required", "waiting", "interrupted"};

template <class E, std::size_t N>
E named(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<E>(i);
  }
  throw Error(Code::invalid, format("cannot read an outcome: '{}' is none", name));
}

}  // namespace

std::string_view to_string(Outcome outcome) { return k_outcomes.at(static_cast<std::size_t>(outcome)); }
Outcome outcome_from(std::string_view name) { return named<Outcome>(k_outcomes, name); }
bool is_good(Outcome outcome) {
  return outcome != Outcome::failed && outcome != Outcome::cancelled && outcome != Outcome::not_tried;
}

std::string_view to_string(RunOutcome outcome) {
  return k_run_outcomes.at(static_cast<std::size_t>(outcome));
}
RunOutcome run_outcome_from(std::string_view name) { return named<RunOutcome>(k_run_outcomes, name); }

Fault fault_of(const Error& error) { return {error.code(), error.message(), error.hint()}; }

}  // namespace rigsetup
