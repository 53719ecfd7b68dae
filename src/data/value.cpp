// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <utility>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/value.hpp>

namespace rigsetup {
namespace {

std::string real_text(double value) {
  std::string text = format("{}", value);
  // JSON and YAML would read "1" back as an integer.
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

[[noreturn]] void refuse(const Value& value, Value::Type wanted, std::string_view name = {}) {
  const std::string what = name.empty() ? std::string("use the value") : format("use \"{}\"", excerpt(name));
  throw Error(Code::invalid,
              format("cannot {}: it is {}, not {}", what, to_string(value.type()), to_string(wanted)), {},
              Place{{}, value.mark().line, value.mark().column});
}

/// The member of that name when it is there and not null; it must then have the type.
const Value* member(const Value& map, std::string_view key, Value::Type type) {
  const Value* value = map.find(key);
  if (value == nullptr || value->is_null()) return nullptr;
  const bool widened = type == Value::Type::real && value->type() == Value::Type::integer;
  if (value->type() != type && !widened) refuse(*value, type, key);
  return value;
}

}  // namespace

std::string_view to_string(Value::Type type) {
  switch (type) {
    case Value::Type::null:
      return "empty";
    case Value::Type::boolean:
      return "true or false";
    case Value::Type::integer:
      return "a whole number";
    case Value::Type::real:
      return "a number";
    case Value::Type::string:
      return "text";
    case Value::Type::list:
      return "a list";
    case Value::Type::map:
      return "a map";
  }
  return "unknown";
}

Value::Value(bool value) : type_(Type::boolean), boolean_(value), text_(value ? "true" : "false") {}
Value::Value(std::int64_t value) : type_(Type::integer), integer_(value), text_(std::to_string(value)) {}
Value::Value(double value) : type_(Type::real), real_(value), text_(real_text(value)) {}
Value::Value(std::string text) : type_(Type::string), text_(std::move(text)) {}

Value Value::list(List items) {
  Value value;
  value.type_ = Type::list;
  value.list_ = std::move(items);
  return value;
}

Value Value::map(Map members) {
  Value value;
  value.type_ = Type::map;
  value.map_ = std::move(members);
  return value;
}

Value Value::strings(const std::vector<std::string>& items) { return list(List(items.begin(), items.end())); }

bool Value::as_bool() const {
  if (type_ != Type::boolean) refuse(*this, Type::boolean);
  return boolean_;
}

std::int64_t Value::as_int() const {
  if (type_ != Type::integer) refuse(*this, Type::integer);
  return integer_;
}

double Value::as_real() const {
  if (type_ == Type::integer) return static_cast<double>(integer_);
  if (type_ != Type::real) refuse(*this, Type::real);
  return real_;
}

const std::string& Value::as_string() const {
  if (type_ != Type::string) refuse(*this, Type::string);
  return text_;
}

const Value::List& Value::as_list() const {
  if (type_ != Type::list) refuse(*this, Type::list);
  return list_;
}

const Value::Map& Value::as_map() const {
  if (type_ != Type::map) refuse(*this, Type::map);
  return map_;
}

std::vector<std::string> Value::as_strings() const {
  std::vector<std::string> items;
  for (const Value& item : as_list()) items.push_back(item.as_string());
  return items;
}

void Value::set_written(std::string text, bool quoted) {
  text_ = std::move(text);
  quoted_ = quoted;
}

const Value* Value::find(std::string_view key) const {
  const auto found =
      std::find_if(map_.begin(), map_.end(), [&](const Member& each) { return each.key == key; });
  return found == map_.end() ? nullptr : &found->value;
}

const Value& Value::at(std::string_view key) const {
  if (const Value* value = find(key)) return *value;
  std::vector<std::string> names;
  for (const Member& each : map_) names.push_back('"' + each.key + '"');
  const std::string where =
      names.empty() ? std::string(to_string(type_)) : "a map of " + excerpt(join(names, ", "), 300);
  throw Error(Code::invalid, format("cannot find \"{}\" in {}", excerpt(key), where), {},
              Place{{}, mark_.line, mark_.column});
}

std::string Value::get(std::string_view key, std::string_view fallback) const {
  const Value* value = member(*this, key, Type::string);
  return value == nullptr ? std::string(fallback) : value->text_;
}

std::int64_t Value::get(std::string_view key, std::int64_t fallback) const {
  const Value* value = member(*this, key, Type::integer);
  return value == nullptr ? fallback : value->integer_;
}

double Value::get(std::string_view key, double fallback) const {
  const Value* value = member(*this, key, Type::real);
  return value == nullptr ? fallback : value->as_real();
}

bool Value::get(std::string_view key, bool fallback) const {
  const Value* value = member(*this, key, Type::boolean);
  return value == nullptr ? fallback : value->boolean_;
}

std::vector<std::string> Value::get_strings(std::string_view key) const {
  const Value* value = member(*this, key, Type::list);
  if (value == nullptr) return {};
  std::vector<std::string> items;
  for (const Value& item : value->list_) {
    if (!item.is_string()) refuse(item, Type::string, key);
    items.push_back(item.text_);
  }
  return items;
}

Value& Value::set(std::string_view key, Value value) {
  if (is_null()) type_ = Type::map;
  if (!is_map()) refuse(*this, Type::map);
  const auto found =
      std::find_if(map_.begin(), map_.end(), [&](const Member& each) { return each.key == key; });
  if (found == map_.end()) {
    map_.push_back({std::string(key), std::move(value), {}});
  } else {
    found->value = std::move(value);
  }
  return *this;
}

void Value::push_back(Value item) {
  if (is_null()) type_ = Type::list;
  if (!is_list()) refuse(*this, Type::list);
  list_.push_back(std::move(item));
}

bool Value::operator==(const Value& other) const {
  if (type_ != other.type_) return false;
  switch (type_) {
    case Type::null:
      return true;
    case Type::boolean:
      return boolean_ == other.boolean_;
    case Type::integer:
      return integer_ == other.integer_;
    case Type::real:
      return real_ == other.real_;
    case Type::string:
      return text_ == other.text_;
    case Type::list:
      return list_ == other.list_;
    case Type::map:
      break;
  }
  // The order of a map's members is kept for the reader; it is no part of its content.
  if (map_.size() != other.map_.size()) return false;
  for (std::size_t i = 0; i < map_.size(); ++i) {
    const bool aligned = map_[i].key == other.map_[i].key;
    const Value* counterpart = aligned ? &other.map_[i].value : other.find(map_[i].key);
    if (counterpart == nullptr || !(map_[i].value == *counterpart)) return false;
  }
  return true;
}

}  // namespace rigsetup
