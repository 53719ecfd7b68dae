// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/saved_plan.hpp"

#include <algorithm>
#include <map>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

namespace rigsetup::cli {
namespace {

constexpr std::string_view k_mark = "rigsetup_plan";  // its value is the format
constexpr int k_format = 1;

/// A thing that a plan is about, and what it would do to it.
using Lines = std::map<std::string, std::string>;

Lines lines_of(const protocol::PlanReply& plan) {
  Lines lines;
  for (const auto& step : plan.steps) {
    lines["step " + step.id] =
        step.verdict == "change" ? format("would change: {}", step.want) : step.verdict;
  }
  for (const auto& transaction : plan.transactions) {
    for (const auto& change : transaction.changes) {
      lines["package " + change.name] =
          format("{} {}", change.action, change.to.empty() ? change.from : change.to);
    }
    for (const auto& name : transaction.hold) lines["hold of " + name] = "would be set";
  }
  for (const auto& consent : plan.consents) lines[consent.text] = "beyond the recipe";
  if (plan.prune) {
    for (const auto& leftover : plan.leftovers)
      lines[leftover.noun + " " + leftover.name] = "would be taken away";
  }
  for (const auto& line : plan.repair) lines["repair: " + line] = "first";
  return lines;
}

}  // namespace

std::string text_of(const SavedPlan& plan) {
  return to_pretty_json(Value::map({{std::string(k_mark), k_format},
                                    {"made", plan.made},
                                    {"request", plan.request.to_value()},
                                    {"plan", plan.plan.to_value()}}));
}

std::optional<SavedPlan> saved_plan_from(const std::string& text, const std::string& file) {
  if (!trim(text).starts_with('{') || text.find(k_mark) == std::string::npos) return std::nullopt;
  try {
    const Value value = parse_json(text, file);
    const auto format_number = value.get(k_mark, 0);
    if (format_number != k_format) {
      throw Error(Code::invalid,
                  format("it has format {}, and this rigsetup knows {}", format_number, k_format),
                  "plan again");
    }
    return SavedPlan{value.get("made", ""), protocol::RecipeRequest::from(value.at("request")),
                     protocol::PlanReply::from(value.at("plan"))};
  } catch (const Error& error) {
    throw error.in(format("use the saved plan {}", printable(file)), "plan again");
  }
}

std::vector<std::string> what_moved(const protocol::PlanReply& before, const protocol::PlanReply& now) {
  const Lines then = lines_of(before);
  const Lines here = lines_of(now);
  std::vector<std::string> moved;
  for (const auto& [what, how] : then) {
    const auto found = here.find(what);
    if (found == here.end())
      moved.push_back(format("{}: was \"{}\", is not in the plan any more", what, how));
    else if (found->second != how)
      moved.push_back(format("{}: was \"{}\", is \"{}\"", what, how, found->second));
  }
  for (const auto& [what, how] : here) {
    if (!then.contains(what)) moved.push_back(format("{}: new: \"{}\"", what, how));
  }
  return moved;
}

}  // namespace rigsetup::cli
