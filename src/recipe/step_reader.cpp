// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "recipe/step_reader.hpp"

#include <algorithm>
#include <array>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "recipe/names.hpp"

namespace rigsetup {
namespace {

constexpr std::size_t k_most_steps = 500;
constexpr std::array<std::string_view, 2> k_reserved_ids{"dpkg-repair",
                                                         "active-recipe"};  // of plans' own steps

bool is_step_key(std::string_view name) { return name == "id" || name == "needs" || name == "when"; }

const std::vector<FieldSpec>& when_specs() {
  static const std::vector<FieldSpec> specs{
      {.name = "gpu", .type = FieldType::choice, .summary = {}, .choices = {"nvidia", "none"}},
      {.name = "platform", .type = FieldType::texts, .summary = {}},
  };
  return specs;
}

bool is_platform(std::string_view text) {
  const std::size_t dash = text.find('-');
  return dash != std::string_view::npos && dash > 0 &&
         text.substr(0, dash).find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos &&
         dash + 1 < text.size() &&
         text.substr(dash + 1).find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::vector<Step> StepReader::read(const Value& list) {
  std::vector<Step> steps;
  const Value::List& items = list.as_list();
  for (std::size_t i = 0; i < std::min(items.size(), k_most_steps); ++i) read_step(items[i], steps);
  if (items.size() > k_most_steps) {
    report_.at(items[k_most_steps].mark(), format("a recipe has at most {} steps", k_most_steps), "split it");
  }
  return steps;
}

const KindShape* StepReader::shape_of(std::string_view name) const {
  const auto found =
      std::find_if(kinds_.begin(), kinds_.end(), [&](const KindShape& kind) { return kind.name == name; });
  return found == kinds_.end() ? nullptr : &*found;
}

void StepReader::read_step(const Value& item, std::vector<Step>& steps) {
  if (!item.is_map()) {
    const bool is_kind = item.is_string() && shape_of(item.text()) != nullptr;
    report_.at(item.mark(),
               format("a step is a map, not {}", item.is_null() ? "empty" : to_string(item.type())),
               is_kind ? format("write \"{}:\"", item.text()) : "such as \"- file: {path: ...}\"");
    return;
  }
  const Member* kind = kind_member(item);
  if (kind == nullptr) return;
  const KindShape* shape = shape_of(kind->key);

  Step step;
  step.kind = kind->key;
  step.place = {file_, item.mark().line, item.mark().column};
  step.id = read_id(item, step.kind);
  step.needs = read_needs(item, step.id);
  step.when = read_when(item);
  if (shape == nullptr) return;

  const std::size_t before = complaints_.size();
  complain_of_others(item, *kind, *shape);
  // Fields that stand one level too far out are not also missing.
  const bool misplaced = kind->value.is_null() && complaints_.size() > before;
  if (misplaced) return;
  step.fields = read_fields(kind->value, *shape->fields, step.kind, step.place, complaints_);
  step.sound = complaints_.size() == before;
  steps.push_back(std::move(step));
}

/// The member that says what kind of step this is, if only in intention; nullptr after a complaint.
const Member* StepReader::kind_member(const Value& item) const {
  const Member* first = nullptr;
  for (const Member& member : item.as_map()) {
    if (is_step_key(member.key)) continue;
    if (shape_of(member.key) != nullptr) return &member;
    if (first == nullptr) first = &member;
  }
  if (first == nullptr) {
    report_.at(item.mark(), "this step does not say what it is", "give it a kind, such as \"file:\"");
    return nullptr;
  }
  std::vector<std::string> names{"id", "needs", "when"};
  for (const KindShape& kind : kinds_) names.emplace_back(kind.name);
  const std::optional<std::string> meant = suggestion(first->key, names);
  report_.at(first->key_mark, format("there is no kind of step \"{}\"", excerpt(first->key)),
             meant ? format("did you mean \"{}\"?", *meant) : "`rigsetup kinds` lists them");
  return first;
}

void StepReader::complain_of_others(const Value& item, const Member& kind, const KindShape& shape) const {
  for (const Member& member : item.as_map()) {
    if (&member == &kind || is_step_key(member.key)) continue;
    const std::string name = excerpt(member.key);
    if (shape_of(member.key) != nullptr) {
      report_.at(member.key_mark,
                 format("a step has one kind, and this one has \"{}\" and \"{}\"", kind.key, name),
                 format("begin a step of its own with \"- {}:\"", name));
      continue;
    }
    const bool is_field = std::any_of(shape.fields->begin(), shape.fields->end(),
                                      [&](const FieldSpec& spec) { return spec.name == member.key; });
    const std::optional<std::string> meant = suggestion(member.key, {"id", "needs", "when"});
    report_.at(member.key_mark, format("a step has no \"{}\"", name),
               is_field ? format("it is a field of {}: indent it below \"{}:\"", kind.key, kind.key)
               : meant  ? format("did you mean \"{}\"?", *meant)
                        : "besides its kind it has: id, needs, when");
  }
}

std::string StepReader::read_id(const Value& item, const std::string& kind) {
  const Value* written = item.find("id");
  const Mark mark = written != nullptr ? written->mark() : item.mark();
  const std::string id = written != nullptr ? written->text() : kind;
  if (written != nullptr && !is_name(id, "-_")) {
    report_.at(mark,
               written->is_scalar() ? format("\"{}\" cannot be an id", excerpt(id)) : "\"id\" takes a name",
               std::string(k_name_hint) + ", '-' and '_'");
    return id;
  }
  if (std::find(k_reserved_ids.begin(), k_reserved_ids.end(), id) != k_reserved_ids.end()) {
    report_.at(mark, format("the id \"{}\" is taken by rigsetup itself", id), "choose another");
    return id;
  }
  const auto [earlier, added] = ids_.emplace(id, Named{item.mark(), written == nullptr});
  if (added) return id;
  const int line = earlier->second.mark.line;
  if (written == nullptr && earlier->second.by_kind) {
    report_.at(mark, format("a second step of kind \"{}\" needs an id", excerpt(kind)),
               format("the first is in line {}; write \"id: NAME\"", line));
  } else {
    report_.at(mark, format("the id \"{}\" is taken by the step in line {}", excerpt(id), line),
               written == nullptr ? "write \"id: NAME\"" : "choose another");
  }
  return id;
}

std::optional<std::vector<std::string>> StepReader::read_needs(const Value& item, const std::string& id) {
  const Value* written = item.find("needs");
  if (written == nullptr) return std::nullopt;
  const FieldSpec spec{.name = "needs", .type = FieldType::texts, .summary = {}};
  const std::vector<FieldSpec> specs{spec};
  Value map;
  map.set("needs", *written);
  const Fields fields = read_fields(map, specs, "a step", {file_, 0, 0}, complaints_);
  std::vector<Need>& needs = needs_[id];
  std::vector<std::string> names = fields.texts("needs");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Place place = fields.place_of_item("needs", i);
    needs.push_back({names[i], {place.line, place.column}});
  }
  return names;
}

When StepReader::read_when(const Value& item) const {
  const Value* written = item.find("when");
  if (written == nullptr) return {};
  const Fields fields = read_fields(*written, when_specs(), "when", {file_, 0, 0}, complaints_);
  When when{fields.text("gpu"), fields.texts("platform")};
  for (std::size_t i = 0; i < when.platform.size(); ++i) {
    if (is_platform(when.platform[i])) continue;
    complaints_.push_back({fields.place_of_item("platform", i),
                           format("\"{}\" is no platform", excerpt(when.platform[i])),
                           "write it as \"ubuntu-22.04\" or \"debian-12\""});
  }
  return when;
}

}  // namespace rigsetup
