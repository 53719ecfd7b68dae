// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <rigsetup/base/error.hpp>
#include <rigsetup/data/value.hpp>

/// Structs to Value and back, from one list of members a struct, found by its argument:
///
///     void members(auto& io, Is<Evidence> auto& evidence) {
///       io.always("what", evidence.what);  // always written; reading without it is an Error(invalid)
///       io("seen", evidence.seen);         // not written when empty; the struct's default when absent
///     }
///
/// Members that nobody asks for are ignored. Enums are written by their to_string(E) and read by
/// from_text(text, E&).
namespace rigsetup {

template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

inline void from_text(std::string_view text, Code& code) { code = code_from(text); }

template <class T>
Value write_members(const T& from);

class MemberWriter {
 public:
  explicit MemberWriter(Value& to) : to_(to) {}
  template <class T>
  void always(std::string_view name, const T& member) {
    to_.set(name, value_of(member));
  }
  template <class T>
  void operator()(std::string_view name, const T& member) {
    if (!is_empty(member)) always(name, member);
  }

 private:
  template <class T>
  static bool is_empty(const T& member) {
    if constexpr (std::is_arithmetic_v<T>) {
      return member == T{};
    } else if constexpr (requires { member.empty(); }) {
      return member.empty();
    } else if constexpr (requires { member.has_value(); }) {
      return !member.has_value();
    } else {
      return false;
    }
  }
  template <class T>
  static Value value_of(const T& member) {
    if constexpr (std::is_enum_v<T>) {
      return Value(to_string(member));
    } else if constexpr (std::is_constructible_v<Value, const T&>) {
      return Value(member);
    } else {
      return write_members(member);
    }
  }
  template <class T>
  static Value value_of(const std::optional<T>& member) {
    return value_of(*member);
  }
  template <class T>
  static Value value_of(const std::vector<T>& items) {
    Value list = Value::list();
    for (const T& item : items) list.push_back(value_of(item));
    return list;
  }

  Value& to_;
};

class MemberReader {
 public:
  /// `where` names the value in messages: "a step-finished", "a plan".
  MemberReader(const Value& from, std::string where) : from_(from), where_(std::move(where)) {
    if (!from_.is_map()) fail("it is " + std::string(to_string(from_.type())));
  }
  template <class T>
  void always(std::string_view name, T& member) {
    const Value* value = from_.find(name);
    if (!value || value->is_null()) fail(std::string(name) + " is missing");
    read(*value, member, name);
  }
  template <class T>
  void operator()(std::string_view name, T& member) {
    const Value* value = from_.find(name);
    if (value && !value->is_null()) read(*value, member, name);
  }

 private:
  template <class T>
  void read(const Value& value, T& member, std::string_view name) const {
    if constexpr (std::same_as<T, Value>) {
      member = value;
    } else if constexpr (std::same_as<T, std::string>) {
      expect(value, Value::Type::string, name);
      member = value.as_string();
    } else if constexpr (std::same_as<T, bool>) {
      expect(value, Value::Type::boolean, name);
      member = value.as_bool();
    } else if constexpr (std::integral<T>) {
      expect(value, Value::Type::integer, name);
      if (!std::in_range<T>(value.as_int())) fail(std::string(name) + " is out of range: " + value.text());
      member = static_cast<T>(value.as_int());
    } else if constexpr (std::is_enum_v<T>) {
      expect(value, Value::Type::string, name);
      from_text(value.as_string(), member);
    } else {
      MemberReader inner(value, where_ + ", " + std::string(name));
      members(inner, member);
    }
  }
  template <class T>
  void read(const Value& value, std::optional<T>& member, std::string_view name) const {
    read(value, member.emplace(), name);
  }
  template <class T>
  void read(const Value& value, std::vector<T>& items, std::string_view name) const {
    expect(value, Value::Type::list, name);
    items.clear();
    for (const Value& item : value.as_list()) read(item, items.emplace_back(), name);
  }
  void expect(const Value& value, Value::Type type, std::string_view name) const {
    if (value.type() != type) fail(std::string(name) + " is " + std::string(to_string(value.type())));
  }
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(Code::invalid, "cannot read " + where_ + ": " + why);
  }

  const Value& from_;
  std::string where_;
};

template <class T>
Value write_members(const T& from) {
  Value to = Value::map();
  MemberWriter writer(to);
  members(writer, from);
  return to;
}

template <class T>
T read_members(const Value& from, std::string where) {
  T to;
  MemberReader reader(from, std::move(where));
  members(reader, to);
  return to;
}

}  // namespace rigsetup
