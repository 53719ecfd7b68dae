// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace rigsetup {

/// Where a value began in its file. Counts from 1; 0 means it was not read from a file.
struct Mark {
  int line = 0;
  int column = 0;
};

struct Member;

/// One tree for YAML and JSON. Maps keep their order. Scalars from YAML keep the text as it was written, so that
/// "1.10" and "0644" are not lost in a number.
class Value {
 public:
  enum class Type { null, boolean, integer, real, string, list, map };
  using List = std::vector<Value>;
  using Map = std::vector<Member>;

  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool value);
  Value(int value) : Value(static_cast<std::int64_t>(value)) {}
  Value(unsigned value) : Value(static_cast<std::int64_t>(value)) {}
  Value(std::int64_t value);
  Value(std::uint64_t value) : Value(static_cast<std::int64_t>(value)) {}
  Value(double value);
  Value(const char* text) : Value(std::string(text)) {}
  Value(std::string_view text) : Value(std::string(text)) {}
  Value(std::string text);
  static Value list(List items = {});
  static Value map(Map members = {});
  static Value strings(const std::vector<std::string>& items);

  Type type() const { return type_; }
  bool is_null() const { return type_ == Type::null; }
  bool is_string() const { return type_ == Type::string; }
  bool is_list() const { return type_ == Type::list; }
  bool is_map() const { return type_ == Type::map; }
  bool is_scalar() const { return !is_list() && !is_map() && !is_null(); }

  // Each throws Error(invalid) that names what was found when the type is another.
  bool as_bool() const;
  std::int64_t as_int() const;
  double as_real() const;  ///< an integer too
  const std::string& as_string() const;
  const List& as_list() const;
  const Map& as_map() const;
  std::vector<std::string> as_strings() const;

  /// A scalar as it was written (YAML) or as JSON would print it, without quotes.
  const std::string& text() const { return text_; }
  bool quoted() const { return quoted_; }  ///< a YAML scalar that stood in quotes
  Mark mark() const { return mark_; }
  void set_mark(Mark mark) { mark_ = mark; }
  void set_written(std::string text, bool quoted);

  /// The member of that name, or nullptr; also nullptr when this is no map.
  const Value* find(std::string_view key) const;
  const Value& at(std::string_view key) const;  ///< throws Error(invalid) "cannot find KEY in ..."
  // A member, or the fallback when it is absent or null; throws when it has another type.
  std::string get(std::string_view key, std::string_view fallback) const;
  std::string get(std::string_view key, const char* fallback) const { return get(key, std::string_view(fallback)); }
  std::int64_t get(std::string_view key, std::int64_t fallback) const;
  std::int64_t get(std::string_view key, int fallback) const { return get(key, static_cast<std::int64_t>(fallback)); }
  double get(std::string_view key, double fallback) const;
  bool get(std::string_view key, bool fallback) const;
  std::vector<std::string> get_strings(std::string_view key) const;  ///< empty when absent

  Value& set(std::string_view key, Value value);  ///< adds or replaces; null becomes a map
  void push_back(Value item);                     ///< null becomes a list

  bool operator==(const Value& other) const;  ///< content, not marks

 private:
  Type type_ = Type::null;
  bool quoted_ = false;
  bool boolean_ = false;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string text_;
  List list_;
  Map map_;
  Mark mark_;
};

struct Member {
  std::string key;
  Value value;
  Mark key_mark = {};
};

std::string_view to_string(Value::Type type);  ///< "text", "a number", "a list", ... for messages

}  // namespace rigsetup
