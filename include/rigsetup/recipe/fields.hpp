// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <rigsetup/base/error.hpp>
#include <rigsetup/data/value.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rigsetup {

enum class FieldType {
  text,        ///< a scalar, taken as it was written: 12.9 stays "12.9"
  path,        ///< absolute, normalised, inside the target
  boolean,     ///< true or false; yes/no/on/off are refused with a hint
  integer,
  mode,        ///< permission bits, an octal number in quotes: "0644"
  choice,      ///< one of `choices`
  duration,    ///< "10min"
  texts,       ///< a list of texts; one text is a list of one
  argv,        ///< a list of texts, the program first; never a shell line
  text_map,    ///< names to texts
  attachment   ///< the name of a file beside the recipe, relative to it
};
std::string_view to_string(FieldType type);  ///< as `rigsetup kinds` shows it

/// One field of a kind, as its author declares it. The parser, the schema and the docs are made from this.
struct FieldSpec {
  std::string_view name;
  FieldType type = FieldType::text;
  std::string_view summary;
  bool required = false;
  std::string_view fallback = {};  ///< what holds when it is left out, as YAML; empty: nothing
  std::vector<std::string_view> choices = {};
  bool secret = false;  ///< takes {file: PATH} only; never shown
};

/// Names of files that belong to a recipe, as it writes them, and their bytes.
using Attachments = std::map<std::string, std::string>;

/// The fields of one step after they were checked against their declaration: reading them cannot fail.
class Fields {
 public:
  Fields() = default;
  /// Values in their normal form, as read_fields makes them.
  Fields(Value values, const std::vector<FieldSpec>& specs, Place place);

  bool has(std::string_view name) const;
  /// The fallback, or "" when absent. Paths, choices and durations too; of a secret the path of its file.
  std::string text(std::string_view name) const;
  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::optional<unsigned> mode(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;  ///< argv too
  std::vector<std::pair<std::string, std::string>> text_map(std::string_view name) const;
  Place place(std::string_view name) const;  ///< of the field's value, or of the step when absent
  Place place_of_item(std::string_view name, std::size_t index) const;
  const Value& values() const { return values_; }
  std::string digest() const;  ///< of names and values: the same fields give the same digest

 private:
  const Value* find(std::string_view name) const;
  Value values_;
  Value fallbacks_;
  Place place_;
};

/// Checks a map against a declaration; every fault becomes a complaint with its place and a hint.
Fields read_fields(const Value& map, const std::vector<FieldSpec>& specs, const std::string& what,
                   const Place& place, Complaints& complaints);

}  // namespace rigsetup
