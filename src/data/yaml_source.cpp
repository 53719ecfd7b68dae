// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "data/yaml_source.hpp"

#include <algorithm>

namespace rigsetup {
namespace {

constexpr std::string_view k_white = " \t\r\n";

}  // namespace

YamlSource::YamlSource(std::string_view text) : text_(text), line_starts_{0} {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') line_starts_.push_back(i + 1);
  }
}

std::size_t YamlSource::offset_of(Mark mark) const {
  const auto line = static_cast<std::size_t>(std::max(mark.line, 1)) - 1;
  if (line >= line_starts_.size()) return text_.size();
  return std::min(text_.size(), line_starts_[line] + static_cast<std::size_t>(std::max(mark.column, 1)) - 1);
}

Mark YamlSource::mark_of(std::size_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const std::size_t line = static_cast<std::size_t>(after - line_starts_.begin());
  return {static_cast<int>(line), static_cast<int>(offset - line_starts_[line - 1]) + 1};
}

std::string_view YamlSource::line(int number) const {
  if (number < 1 || static_cast<std::size_t>(number) > line_starts_.size()) return {};
  const std::size_t start = line_starts_[static_cast<std::size_t>(number) - 1];
  return text_.substr(start, std::min(text_.find('\n', start), text_.size()) - start);
}

Mark YamlSource::last_mark() const {
  const std::size_t last = text_.find_last_not_of(k_white);
  return mark_of(last == std::string_view::npos ? 0 : last);
}

bool YamlSource::is_closed_at(Mark mark) const {
  std::size_t at = offset_of(mark);
  while (at < text_.size() && (text_[at] == '&' || text_[at] == '!')) {
    at = std::min(text_.find_first_of(k_white, at), text_.size());
    at = std::min(text_.find_first_not_of(k_white, at), text_.size());
  }
  if (at == text_.size() || (text_[at] != '"' && text_[at] != '\'')) return true;
  const char quote = text_[at];
  while (++at < text_.size()) {
    if (quote == '"' && text_[at] == '\\') {
      ++at;
    } else if (text_[at] == quote) {
      if (quote == '"' || at + 1 == text_.size() || text_[at + 1] != quote) return true;
      ++at;  // '' in single quotes is a quote
    }
  }
  return false;
}

Mark YamlSource::place_of_null(Mark mark) const {
  const std::size_t at = offset_of(mark);
  if (at < text_.size() && std::string_view("~nN,:").find(text_[at]) != std::string_view::npos) return mark;
  for (int number = mark.line - 1; number > 0; --number) {
    const std::string_view above = line(number);
    const std::size_t start = above.find_first_not_of(k_white);
    if (start == std::string_view::npos || above[start] == '#') continue;
    return above[start] == '-' ? Mark{number, static_cast<int>(start) + 1} : mark;
  }
  return mark;
}

}  // namespace rigsetup
