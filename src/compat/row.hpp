// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <rigsetup/base/error.hpp>
#include <rigsetup/compat/tables.hpp>
#include <rigsetup/data/value.hpp>

namespace rigsetup::compat {

/// Complaints of one file.
class Report {
 public:
  Report(std::string file, Complaints& complaints) : file_(std::move(file)), complaints_(complaints) {}
  void at(Mark mark, std::string message, std::string hint = {}) {
    complaints_.push_back({{file_, mark.line, mark.column}, std::move(message), std::move(hint)});
  }
  std::size_t count() const { return complaints_.size(); }

 private:
  std::string file_;
  Complaints& complaints_;
};

/// Reads one row of a table, member by member. What is wrong is complained of; `sound` says at the end
/// whether the row may be used.
class Row {
 public:
  Row(const Value& map, std::string what, Report& report);

  std::string text(std::string_view name);     ///< empty when absent
  std::string version(std::string_view name);  ///< digits and dots
  std::string date(std::string_view name);     ///< year, month and day, as much of it as is known
  std::string one_of(std::string_view name, const std::vector<std::string>& choices);
  bool flag(std::string_view name, bool fallback);
  std::vector<std::string> words(std::string_view name);       ///< one text of words, or a list of texts
  std::vector<std::string> some_words(std::string_view name);  ///< the same; there must be one at least
  std::map<std::string, std::string> texts(std::string_view name);
  std::vector<Row> rows(std::string_view name);
  Row row(std::string_view name);  ///< empty when absent
  /// Spans of hex ids: "1E02 1E04 2340-237F".
  template <class T>
  void spans(std::string_view name, const T& value, std::vector<Span<T>>& to) {
    for (const auto& [first, last] : id_spans(name)) to.push_back({first, last, value});
  }
  Basis basis();  ///< source and as_of must be there
  void must_have(std::string_view name);
  void complain(std::string message, std::string hint = {});  ///< of the row as a whole
  /// Complains of members that nobody asked for. True if nothing in the row, or in rows within it, was wrong.
  bool sound();

  const std::string& what() const { return what_; }
  Mark mark() const { return map_.mark(); }

 private:
  const Value* find(std::string_view name);
  const Value* find_scalar(std::string_view name);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> id_spans(std::string_view name);

  Value map_;
  std::string what_;
  Report& report_;
  std::size_t before_;
  std::vector<std::string> asked_;
};

/// The spans of hex ids in a text; the word that is none, if there is one.
std::string parse_spans(std::string_view text, std::vector<std::pair<std::uint32_t, std::uint32_t>>& spans);

}  // namespace rigsetup::compat
