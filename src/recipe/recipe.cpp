// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <iterator>
#include <tuple>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/yaml.hpp>
#include <rigsetup/recipe/recipe.hpp>

#include "recipe/names.hpp"
#include "recipe/recipe_digest.hpp"
#include "recipe/report.hpp"
#include "recipe/step_reader.hpp"

namespace rigsetup {
namespace {

constexpr std::string_view k_begin = "begin it with \"rigsetup: 1\"";

/// In the order of the file, each once, and not more than anybody reads.
void put_in_order(Complaints& complaints, std::size_t first) {
  constexpr std::size_t k_most_complaints = 100;
  const auto key = [](const Complaint& each) { return std::tuple(each.place.line, each.place.column); };
  const auto begin = complaints.begin() + static_cast<std::ptrdiff_t>(first);
  std::stable_sort(begin, complaints.end(),
                   [&](const Complaint& a, const Complaint& b) { return key(a) < key(b); });
  const auto same = [](const Complaint& a, const Complaint& b) {
    return a.place == b.place && a.message == b.message;
  };
  complaints.erase(std::unique(begin, complaints.end(), same), complaints.end());
  if (complaints.size() - first <= k_most_complaints) return;
  const std::size_t left = complaints.size() - first - k_most_complaints;
  const Place place = complaints[first + k_most_complaints].place;
  complaints.resize(first + k_most_complaints);
  complaints.push_back({place, format("{} more complaints from here on", left), "mend the first ones"});
}

/// Whether the recipe is of the format that is read here. A missing number is complained of, and read on
/// from.
bool has_format(const Value& root, const Report& report) {
  const Value* format_number = root.find("rigsetup");
  if (format_number == nullptr || format_number->is_null()) {
    report.at(root.mark(), "the recipe does not say its format", std::string(k_begin));
    return true;
  }
  const std::string wanted = format("rigsetup: {}", k_recipe_format);
  if (format_number->type() != Value::Type::integer) {
    report.at(format_number->mark(), "\"rigsetup\" takes the number of the recipe format",
              format("write \"{}\"", wanted));
    return true;
  }
  if (format_number->as_int() == k_recipe_format) return true;
  report.at(format_number->mark(),
            format("this recipe is in format {}, and this rigsetup reads format {}", format_number->as_int(),
                   k_recipe_format),
            format_number->as_int() > k_recipe_format ? "install a newer rigsetup"
                                                      : format("write \"{}\"", wanted));
  return false;
}

std::string read_name(const Value& root, const Report& report) {
  const Value* name = root.find("name");
  if (name == nullptr) {
    report.at(root.mark(), "the recipe has no name", "add \"name: NAME\"");
  } else if (!is_name(name->text(), "-")) {
    report.at(name->mark(),
              name->is_scalar() ? format("\"{}\" cannot be the name of a recipe", excerpt(name->text()))
                                : std::string("\"name\" takes a short text"),
              std::string(k_name_hint) + " and '-'");
  } else {
    return name->text();
  }
  return {};
}

std::string read_summary(const Value& root, const Report& report) {
  const Value* summary = root.find("summary");
  if (summary == nullptr) return {};
  if (summary->is_scalar()) return summary->text();
  report.at(summary->mark(), format("\"summary\" takes a text, not {}", to_string(summary->type())));
  return {};
}

Policy read_policy(const Value& root, const std::string& file, Complaints& complaints) {
  const Value* written = root.find("policy");
  if (written == nullptr) return {};
  static const std::vector<FieldSpec> specs{
      {.name = "allow", .type = FieldType::texts, .summary = "what may be done beyond what the steps say"}};
  const Fields fields = read_fields(*written, specs, "policy", {file, 0, 0}, complaints);
  const std::vector<std::string> known(std::begin(k_consents), std::end(k_consents));
  Policy policy{fields.texts("allow")};
  for (std::size_t i = 0; i < policy.allow.size(); ++i) {
    if (std::find(known.begin(), known.end(), policy.allow[i]) != known.end()) continue;
    const std::optional<std::string> meant = suggestion(policy.allow[i], known);
    complaints.push_back({fields.place_of_item("allow", i),
                          format("\"{}\" is nothing that can be allowed", excerpt(policy.allow[i])),
                          meant ? format("did you mean \"{}\"?", *meant) : "it takes: " + join(known, ", ")});
  }
  return policy;
}

void complain_of_unknown_keys(const Value& root, const Report& report) {
  const std::vector<std::string> known{"rigsetup", "name", "summary", "policy", "steps"};
  for (const Member& member : root.as_map()) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    const std::optional<std::string> meant = suggestion(member.key, known);
    report.at(member.key_mark, format("a recipe has no \"{}\"", excerpt(member.key)),
              meant ? format("did you mean \"{}\"?", *meant) : "it has: " + join(known, ", "));
  }
}

/// The list of steps, also below a mistyped name, so that one slip does not hide what is wrong further down.
const Value* find_steps(const Value& root) {
  if (const Value* steps = root.find("steps")) return steps;
  for (const Member& member : root.as_map()) {
    if (member.value.is_list() && suggestion(member.key, {"steps"})) return &member.value;
  }
  return nullptr;
}

void read_root(const Value& root, std::span<const KindShape> kinds, Recipe& recipe, Complaints& complaints) {
  const Report report{recipe.file, complaints};
  if (!root.is_map()) {
    const char* hint =
        root.is_list() ? "begin it with \"rigsetup: 1\" and put the list below \"steps:\"" : k_begin.data();
    if (root.is_null()) return report.at({}, "the recipe is empty", hint);
    return report.at(root.mark(), format("a recipe is a map, not {}", to_string(root.type())), hint);
  }
  if (!has_format(root, report)) return;
  recipe.name = read_name(root, report);
  recipe.summary = read_summary(root, report);
  recipe.policy = read_policy(root, recipe.file, complaints);
  complain_of_unknown_keys(root, report);
  const Value* steps = find_steps(root);
  if (steps == nullptr)
    return report.at(root.mark(), "the recipe has no steps", "add \"steps:\" and a list below it");
  if (!steps->is_list() || steps->as_list().empty()) {
    return report.at(steps->mark(), "\"steps\" takes a list of steps", "begin each step with \"- \"");
  }
  StepReader reader(recipe.file, kinds, complaints);
  recipe.steps = reader.read(*steps);
  reader.check_needs(recipe.steps);
}

}  // namespace

Recipe parse_recipe(std::string_view text, const std::string& file, std::span<const KindShape> kinds,
                    Complaints& complaints) {
  Recipe recipe;
  recipe.file = file;
  const std::size_t first = complaints.size();
  const Value root = parse_yaml(text, file, complaints);
  const bool unreadable = root.is_null() && complaints.size() > first;
  if (!unreadable) {  // what cannot be read may be of any size: it is not copied and hashed
    recipe.text = text;
    recipe.digest = digest_of(recipe);
    read_root(root, kinds, recipe, complaints);
  }
  put_in_order(complaints, first);
  return recipe;
}

}  // namespace rigsetup
