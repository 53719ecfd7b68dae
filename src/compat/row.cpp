// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "compat/row.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::compat {
namespace {

bool is_version(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos &&
         text.front() != '.' && text.back() != '.';
}

bool is_date(std::string_view text) {
  constexpr std::string_view k_shape = "dddd-dd-dd";
  if (text.size() != 4 && text.size() != 7 && text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (digit != (k_shape[i] == 'd') || (!digit && text[i] != '-')) return false;
  }
  return true;
}

}  // namespace

std::string parse_spans(std::string_view text, std::vector<std::pair<std::uint32_t, std::uint32_t>>& spans) {
  for (const std::string& word : split_words(text)) {
    const std::vector<std::string> ends = split(word, '-');
    const auto first = device_number(ends.front());
    const auto last = device_number(ends.back());
    if (ends.size() > 2 || !first || !last || *last < *first) return word;
    spans.emplace_back(*first, *last);
  }
  return {};
}

Row::Row(const Value& map, std::string what, Report& report)
    : map_(map), what_(std::move(what)), report_(report), before_(report.count()) {
  if (map_.is_map()) return;
  report_.at(map_.mark(),
             format("{} is a map, not {}", what_, map_.is_null() ? "empty" : to_string(map_.type())));
}

const Value* Row::find(std::string_view name) {
  asked_.emplace_back(name);
  const Value* value = map_.find(name);
  return value != nullptr && !value->is_null() ? value : nullptr;
}

const Value* Row::find_scalar(std::string_view name) {
  const Value* value = find(name);
  if (value == nullptr || value->is_scalar()) return value;
  report_.at(value->mark(), format("\"{}\" takes a text, not {}", name, to_string(value->type())));
  return nullptr;
}

std::string Row::text(std::string_view name) {
  const Value* value = find_scalar(name);
  return value != nullptr ? value->text() : std::string();
}

std::string Row::version(std::string_view name) {
  const Value* value = find_scalar(name);
  if (value == nullptr) return {};
  if (is_version(value->text())) return value->text();
  report_.at(value->mark(), format("\"{}\" is no version", excerpt(value->text())),
             "digits and dots, as 580.178.04");
  return {};
}

std::string Row::date(std::string_view name) {
  const Value* value = find_scalar(name);
  if (value == nullptr) return {};
  if (is_date(value->text())) return value->text();
  report_.at(value->mark(), format("\"{}\" is no date", excerpt(value->text())),
             "write 2026-08-03, 2026-08 or 2026");
  return {};
}

std::string Row::one_of(std::string_view name, const std::vector<std::string>& choices) {
  const Value* value = find_scalar(name);
  if (value == nullptr) return {};
  if (std::find(choices.begin(), choices.end(), value->text()) != choices.end()) return value->text();
  report_.at(value->mark(), format("\"{}\" cannot be \"{}\"", name, excerpt(value->text())),
             "it is one of: " + join(choices, ", "));
  return {};
}

bool Row::flag(std::string_view name, bool fallback) {
  const Value* value = find_scalar(name);
  if (value == nullptr) return fallback;
  if (value->type() == Value::Type::boolean) return value->as_bool();
  report_.at(value->mark(), format("\"{}\" is true or false", name));
  return fallback;
}

std::vector<std::string> Row::words(std::string_view name) {
  const Value* value = find(name);
  if (value == nullptr) return {};
  if (value->is_scalar()) return split_words(value->text());
  std::vector<std::string> words;
  if (value->is_list()) {
    for (const Value& item : value->as_list()) {
      if (item.is_scalar()) {
        words.push_back(item.text());
      } else {
        report_.at(item.mark(), format("\"{}\" takes texts, not {}", name, to_string(item.type())));
      }
    }
    return words;
  }
  report_.at(value->mark(), format("\"{}\" takes a list of texts, not {}", name, to_string(value->type())));
  return {};
}

std::vector<std::string> Row::some_words(std::string_view name) {
  must_have(name);
  std::vector<std::string> found = words(name);
  const Value* value = map_.find(name);
  if (found.empty() && value != nullptr && !value->is_null() && !value->is_map()) {
    report_.at(value->mark(), format("\"{}\" is empty", name));
  }
  return found;
}

std::map<std::string, std::string> Row::texts(std::string_view name) {
  std::map<std::string, std::string> texts;
  const Value* value = find(name);
  if (value == nullptr) return texts;
  if (!value->is_map()) {
    report_.at(value->mark(),
               format("\"{}\" takes names with texts, not {}", name, to_string(value->type())));
    return texts;
  }
  for (const Member& member : value->as_map()) {
    if (member.value.is_scalar()) {
      texts.emplace(member.key, member.value.text());
    } else {
      report_.at(member.key_mark, format("\"{}\" takes a text", excerpt(member.key)));
    }
  }
  return texts;
}

std::vector<Row> Row::rows(std::string_view name) {
  std::vector<Row> rows;
  const Value* value = find(name);
  if (value == nullptr) return rows;
  if (!value->is_list()) {
    report_.at(value->mark(), format("\"{}\" takes a list of rows, not {}", name, to_string(value->type())));
    return rows;
  }
  for (const Value& item : value->as_list())
    rows.emplace_back(item, format("a row of \"{}\"", name), report_);
  return rows;
}

Row Row::row(std::string_view name) {
  const Value* value = find(name);
  return Row(value != nullptr ? *value : Value::map(), format("\"{}\"", name), report_);
}

std::vector<std::pair<std::uint32_t, std::uint32_t>> Row::id_spans(std::string_view name) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> spans;
  const Value* value = find_scalar(name);
  if (value == nullptr) return spans;
  const std::string wrong = parse_spans(value->text(), spans);
  if (wrong.empty()) return spans;
  report_.at(value->mark(), format("\"{}\" is no device id", excerpt(wrong)),
             "ids are hex and apart by spaces: 1E02 2340-237F");
  return {};
}

Basis Row::basis() {
  must_have("source");
  must_have("as_of");
  return {text("source"), date("as_of"), flag("confirmed", true), text("note")};
}

void Row::must_have(std::string_view name) {
  const Value* value = map_.find(name);
  if (!map_.is_map() || (value != nullptr && !value->is_null())) return;
  report_.at(map_.mark(), format("{} lacks \"{}\"", what_, name),
             name == "source"  ? "say where it was read"
             : name == "as_of" ? "say when it was read"
                               : "");
}

void Row::complain(std::string message, std::string hint) {
  report_.at(map_.mark(), what_ + ": " + std::move(message), std::move(hint));
}

bool Row::sound() {
  if (map_.is_map()) {
    for (const Member& member : map_.as_map()) {
      if (std::find(asked_.begin(), asked_.end(), member.key) != asked_.end()) continue;
      const auto meant = suggestion(member.key, asked_);
      report_.at(member.key_mark, format("{} has no \"{}\"", what_, excerpt(member.key)),
                 meant ? format("did you mean \"{}\"?", *meant) : "");
    }
  }
  return report_.count() == before_;
}

}  // namespace rigsetup::compat
