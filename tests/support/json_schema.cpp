// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/json_schema.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <stdexcept>
#include <string_view>

#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

namespace rigsetup::test {
namespace {

const std::set<std::string, std::less<>> k_words = {"$ref",       "additionalProperties",
                                                    "const",      "contentEncoding",
                                                    "default",    "description",
                                                    "enum",       "format",
                                                    "items",      "minimum",
                                                    "oneOf",      "pattern",
                                                    "properties", "required",
                                                    "type"};

std::string_view type_name(const Value& value) {
  switch (value.type()) {
    case Value::Type::null:
      return "null";
    case Value::Type::boolean:
      return "boolean";
    case Value::Type::integer:
      return "integer";
    case Value::Type::real:
      return "number";
    case Value::Type::string:
      return "string";
    case Value::Type::list:
      return "array";
    case Value::Type::map:
      return "object";
  }
  return "";
}

/// RFC 3339, as far as its shape goes: each 9 stands for a digit.
bool is_date_time(std::string_view text) {
  constexpr std::string_view k_shape = "9999-99-99T99:99:99";
  if (text.size() <= k_shape.size()) return false;
  for (std::size_t i = 0; i < k_shape.size(); ++i) {
    const bool digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    if (k_shape[i] == '9' ? !digit : text[i] != k_shape[i]) return false;
  }
  return true;
}

/// Only "^literal" and "literal$" are known.
bool matches(std::string_view text, std::string_view pattern) {
  if (pattern.starts_with('^')) return text.starts_with(pattern.substr(1));
  if (pattern.ends_with('$')) return text.ends_with(pattern.substr(0, pattern.size() - 1));
  throw std::runtime_error("cannot match the pattern " + std::string(pattern));
}

class Judge {
 public:
  explicit Judge(const Value& document) : document_(document) {}

  void judge(const Value& value, const Value& reference, const std::string& where) {
    const Value& schema = resolved(document_, reference);
    for (const auto& word : schema.as_map()) {
      if (!k_words.contains(word.key)) throw std::runtime_error("cannot judge by the word " + word.key);
    }
    if (const auto* branches = schema.find("oneOf")) return judge_one_of(value, *branches, where);
    judge_scalar(value, schema, where);
    if (value.is_list()) judge_items(value, schema, where);
    if (value.is_map()) judge_members(value, schema, where);
  }

  std::vector<std::string> found;

 private:
  void fault(const std::string& where, const std::string& what) {
    found.push_back((where.empty() ? "the value" : where) + ": " + what);
  }

  void judge_scalar(const Value& value, const Value& schema, const std::string& where) {
    const auto shown = excerpt(to_json(value));
    if (const auto type = schema.get("type", ""); !type.empty() && type != type_name(value)) {
      return fault(where, shown + " is not of type " + type);
    }
    if (const auto* wanted = schema.find("const"); wanted != nullptr && to_json(*wanted) != to_json(value)) {
      fault(where, shown + " is not " + to_json(*wanted));
    }
    if (const auto* choices = schema.find("enum")) {
      const auto is_it = [&](const Value& choice) { return to_json(choice) == to_json(value); };
      if (std::ranges::none_of(choices->as_list(), is_it))
        fault(where, shown + " is none of those described");
    }
    if (const auto* least = schema.find("minimum"); least != nullptr && value.as_int() < least->as_int()) {
      fault(where, shown + " is less than " + least->text());
    }
    if (schema.find("format") != nullptr && !is_date_time(value.as_string()))
      fault(where, shown + " is no time");
    if (const auto pattern = schema.get("pattern", "");
        !pattern.empty() && !matches(value.as_string(), pattern)) {
      fault(where, shown + " does not match " + pattern);
    }
  }

  void judge_items(const Value& list, const Value& schema, const std::string& where) {
    const auto* items = schema.find("items");
    if (items == nullptr) return;
    for (std::size_t i = 0; i < list.as_list().size(); ++i) {
      judge(list.as_list()[i], *items, where + "[" + std::to_string(i) + "]");
    }
  }

  void judge_members(const Value& map, const Value& schema, const std::string& where) {
    const auto* properties = schema.find("properties");
    const auto* others = schema.find("additionalProperties");
    const std::string prefix = where.empty() ? "" : where + ".";
    for (const auto& name : schema.get_strings("required")) {
      if (map.find(name) == nullptr) fault(prefix + name, "is missing");
    }
    for (const auto& member : map.as_map()) {
      const auto* described = properties == nullptr ? nullptr : properties->find(member.key);
      if (described != nullptr) {
        judge(member.value, *described, prefix + member.key);
      } else if (others != nullptr && others->is_map()) {
        judge(member.value, *others, prefix + member.key);
      } else if (others != nullptr && !others->as_bool()) {
        fault(prefix + member.key, "is not described");
      }
    }
  }

  /// When none fits, the faults are those of the nearest.
  void judge_one_of(const Value& value, const Value& branches, const std::string& where) {
    std::vector<std::string> fewest;
    int fitting = 0;
    for (const auto& branch : branches.as_list()) {
      Judge other(document_);
      other.judge(value, branch, where);
      if (other.found.empty()) ++fitting;
      if (fewest.empty() || other.found.size() < fewest.size()) fewest = std::move(other.found);
    }
    if (fitting == 1) return;
    if (fitting > 1) return fault(where, "it fits more than one of its descriptions");
    found.insert(found.end(), fewest.begin(), fewest.end());
  }

  const Value& document_;
};

}  // namespace

const Value& resolved(const Value& document, const Value& value) {
  const auto* reference = value.find("$ref");
  if (reference == nullptr) return value;
  const Value* at = &document;
  for (const auto& part : split(reference->as_string().substr(2), '/')) at = &at->at(part);
  return resolved(document, *at);
}

std::vector<std::string> departures(const Value& value, const Value& schema, const Value& document) {
  Judge judge(document);
  judge.judge(value, schema, "");
  return judge.found;
}

}  // namespace rigsetup::test
