// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <charconv>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/data/yaml.hpp>
#include <rigsetup/recipe/fields.hpp>

#include "recipe/field_value.hpp"

namespace rigsetup {
namespace {

const FieldSpec* spec_of(const std::vector<FieldSpec>& specs, std::string_view name) {
  const auto found =
      std::find_if(specs.begin(), specs.end(), [&](const FieldSpec& spec) { return spec.name == name; });
  return found == specs.end() ? nullptr : &*found;
}

std::vector<std::string> names_of(const std::vector<FieldSpec>& specs) {
  std::vector<std::string> names;
  for (const FieldSpec& spec : specs) names.emplace_back(spec.name);
  return names;
}

std::string hint_for_unknown(const std::string& name, const std::vector<FieldSpec>& specs,
                             const std::string& what) {
  const std::vector<std::string> names = names_of(specs);
  if (const std::optional<std::string> meant = suggestion(name, names))
    return format("did you mean \"{}\"?", *meant);
  return names.empty() ? what + " has no fields" : format("{} has: {}", what, join(names, ", "));
}

/// Members in the order of their names, at every level: the same content gives the same text.
Value sorted(const Value& value) {
  if (!value.is_map()) return value;
  Value::Map members = value.as_map();
  std::sort(members.begin(), members.end(), [](const Member& a, const Member& b) { return a.key < b.key; });
  for (Member& member : members) member.value = sorted(member.value);
  return Value::map(std::move(members));
}

Place place_in(const std::string& file, Mark mark) { return {file, mark.line, mark.column}; }

}  // namespace

std::string_view to_string(FieldType type) {
  switch (type) {
    case FieldType::text:
      return "text";
    case FieldType::path:
      return "path";
    case FieldType::boolean:
      return "true or false";
    case FieldType::integer:
      return "whole number";
    case FieldType::mode:
      return "octal mode in quotes";
    case FieldType::choice:
      return "one of";
    case FieldType::duration:
      return "time";
    case FieldType::texts:
      return "list of texts";
    case FieldType::argv:
      return "program and arguments";
    case FieldType::text_map:
      return "map of texts";
    case FieldType::attachment:
      return "file beside the recipe";
  }
  return "unknown";
}

Fields::Fields(Value values, const std::vector<FieldSpec>& specs, Place place)
    : values_(std::move(values)), fallbacks_(Value::map()), place_(std::move(place)) {
  for (const FieldSpec& spec : specs) {
    Complaints none;
    if (!spec.fallback.empty()) fallbacks_.set(spec.name, parse_yaml(spec.fallback, "", none));
  }
}

const Value* Fields::find(std::string_view name) const {
  const Value* value = values_.find(name);
  return value != nullptr ? value : fallbacks_.find(name);
}

bool Fields::has(std::string_view name) const { return values_.find(name) != nullptr; }

std::string Fields::text(std::string_view name) const {
  const Value* value = find(name);
  if (value == nullptr) return {};
  const Value* secret_file = value->find("file");
  return secret_file != nullptr ? secret_file->text() : value->text();
}

bool Fields::boolean(std::string_view name) const {
  const Value* value = find(name);
  return value != nullptr && value->type() == Value::Type::boolean && value->as_bool();
}

std::int64_t Fields::integer(std::string_view name) const {
  const Value* value = find(name);
  return value != nullptr && value->type() == Value::Type::integer ? value->as_int() : 0;
}

std::optional<unsigned> Fields::mode(std::string_view name) const {
  const std::string digits = text(name);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits, 8);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return bits;
}

std::vector<std::string> Fields::texts(std::string_view name) const {
  const Value* value = find(name);
  if (value == nullptr) return {};
  if (!value->is_list()) return {value->text()};
  std::vector<std::string> items;
  for (const Value& item : value->as_list()) items.push_back(item.text());
  return items;
}

std::vector<std::pair<std::string, std::string>> Fields::text_map(std::string_view name) const {
  const Value* value = find(name);
  std::vector<std::pair<std::string, std::string>> pairs;
  if (value == nullptr || !value->is_map()) return pairs;
  for (const Member& member : value->as_map()) pairs.emplace_back(member.key, member.value.text());
  return pairs;
}

Place Fields::place(std::string_view name) const {
  const Value* value = values_.find(name);
  return value == nullptr ? place_ : place_in(place_.file, value->mark());
}

Place Fields::place_of_item(std::string_view name, std::size_t index) const {
  const Value* value = values_.find(name);
  if (value == nullptr || !value->is_list() || index >= value->as_list().size()) return place(name);
  return place_in(place_.file, value->as_list()[index].mark());
}

std::string Fields::digest() const { return sha256_hex(to_json(sorted(values_))); }

Fields read_fields(const Value& map, const std::vector<FieldSpec>& specs, const std::string& what,
                   const Place& place, Complaints& complaints) {
  const Report report{place.file, complaints};
  Value values = Value::map();
  if (!map.is_map() && !map.is_null()) {
    report.at(map.mark(), format("{} takes fields, not {}", what, to_string(map.type())),
              specs.empty() ? format("write \"{}:\" alone", what)
                            : format("write them as a map, such as {{{}: ...}}", specs.front().name));
    return Fields(std::move(values), specs, place);
  }
  static const Value::Map k_no_fields;
  const Value::Map& members = map.is_null() ? k_no_fields : map.as_map();
  for (const Member& member : members) {
    const FieldSpec* spec = spec_of(specs, member.key);
    if (spec == nullptr) {
      report.at(member.key_mark, format("{} has no field \"{}\"", what, excerpt(member.key)),
                hint_for_unknown(member.key, specs, what));
    } else if (std::optional<Value> value = normal_value(member.value, *spec, report)) {
      values.set(member.key, std::move(*value));
    }
  }
  for (const FieldSpec& spec : specs) {
    if (!spec.required || map.find(spec.name) != nullptr) continue;
    complaints.push_back({place, format("{} needs \"{}\"", what, spec.name),
                          spec.summary.empty() ? std::string() : format("{}: {}", spec.name, spec.summary)});
  }
  return Fields(std::move(values), specs, place);
}

}  // namespace rigsetup
