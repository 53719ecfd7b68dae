// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/plan/fit.hpp>
#include <rigsetup/plan/plan.hpp>

namespace rigsetup {
namespace {

bool is_comment_or_blank(const std::string& line) {
  const std::string_view text = trim(line);
  return text.empty() || text.front() == '#';
}

bool is_comment(const std::string& line) { return trim(line).starts_with('#'); }

/// Where each step begins: with the comments right above it. And, last, where the steps end.
std::vector<std::size_t> begins_of(const BuiltRecipe& recipe, const std::vector<std::string>& lines) {
  std::vector<std::size_t> begins;
  for (const Step& step : recipe.recipe.steps) {
    auto line = static_cast<std::size_t>(step.place.line - 1);
    while (line > 0 && is_comment(lines[line - 1])) --line;
    begins.push_back(line);
  }
  std::size_t end = begins.back() + 1;
  while (end < lines.size() &&
         (is_comment_or_blank(lines[end]) || lines[end].front() == ' ' || lines[end].front() == '-')) {
    ++end;
  }
  begins.push_back(end);
  return begins;
}

std::string described(const Facts& facts) {
  std::string text = format("{}, {}", facts.os_name, facts.architecture);
  if (!facts.machine) return text + "; on which hardware it will run is not known";
  const auto nvidia = std::count_if(facts.machine->gpus.begin(), facts.machine->gpus.end(),
                                    [](const Gpu& gpu) { return gpu.vendor == "nvidia"; });
  return format("{}, {} NVIDIA GPU{}", text, nvidia == 0 ? "no" : std::to_string(nvidia),
                nvidia == 1 ? "" : "s");
}

std::string indent_of(const std::string& line) { return line.substr(0, line.find_first_not_of(' ')); }

}  // namespace

std::string fitted_text(const BuiltRecipe& recipe, const Facts& facts) {
  const std::vector<std::string> lines = split_lines(recipe.recipe.text);
  const std::vector<std::size_t> begins = begins_of(recipe, lines);
  std::string text = format(
      "# How this machine should be. Written by `rigsetup init {}` for\n"
      "# {}.\n"
      "# Change it as you like. Then: rigsetup plan (what would change), rigsetup apply (make it so).\n"
      "# Every kind of step: rigsetup kinds. Is it right? rigsetup validate {}\n\n",
      recipe.recipe.name, described(facts), k_active_recipe);
  const auto copy = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) text += lines[i] + "\n";
  };
  std::size_t head = 0;
  while (head < begins.front() && is_comment_or_blank(lines[head]))
    ++head;  // what it says of itself as shipped
  copy(head, begins.front());
  for (std::size_t i = 0; i < recipe.recipe.steps.size(); ++i) {
    const Step& step = recipe.recipe.steps[i];
    const std::string indent = indent_of(lines[static_cast<std::size_t>(step.place.line - 1)]);
    When when = step.when;
    if (!facts.machine) when.gpu.clear();  // an image may come to run on either
    if (const std::string why_not = why_not_wanted(when, facts); !why_not.empty()) {
      text += format("{}# left out: {} ({})\n", indent, step.id, why_not);
      continue;
    }
    text += format("{}# {}\n", indent, recipe.steps[i].kind->summary);
    copy(begins[i], begins[i + 1]);
  }
  copy(begins.back(), lines.size());
  return text;
}

}  // namespace rigsetup
