// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/table.hpp"

#include <algorithm>

#include <rigsetup/base/text.hpp>

#include "cli/columns.hpp"

namespace rigsetup::cli {
namespace {

constexpr int k_gap = 2;
constexpr int k_least_width = 20;  // of a wrapped text beside other columns

/// What is left of a line behind a margin, for wrap().
int room(const Screen& screen, int margin) {
  constexpr int k_least = 8;  // no margin leaves less of the narrowest screen
  return screen.width == 0 ? 0 : std::max(k_least, screen.width - margin);
}

int widest_word(std::string_view text) {
  int widest = 0;
  for (const std::string& word : split_words(text)) widest = std::max(widest, display_width(word));
  return widest;
}

std::string spaces(int count) { return std::string(static_cast<std::size_t>(std::max(0, count)), ' '); }

/// A row whose columns do not fit side by side: its cells one after the other, wrapped.
std::string as_paragraph(const Row& row, const Screen& screen, int indent) {
  std::string words;
  for (const std::string& cell : row)
    if (!trim(cell).empty()) words += (words.empty() ? "" : "  ") + std::string(trim(cell));
  const auto lines = wrap(words, std::max(1, screen.width - indent - 2 * k_gap));
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i)
    text += spaces(i == 0 ? indent : indent + 2 * k_gap) + lines[i] + "\n";
  return text;
}

}  // namespace

std::string table(const std::vector<Row>& rows, const Screen& screen, int indent) {
  std::vector<int> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line = spaces(indent);
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      if (widths[i] > 0) line += pad(row[i], widths[i]) + spaces(k_gap);
    const int start = display_width(line);
    if (screen.width > 0 && display_width(line.substr(0, line.find_last_not_of(' ') + 1)) > screen.width) {
      text += as_paragraph(row, screen, indent);
      continue;
    }
    const std::string last = row.empty() ? "" : row.back();
    // A last column that would get too little room goes below the line instead.
    const bool tight = screen.width - start < std::max(k_least_width, screen.width * 2 / 5) ||
                       widest_word(last) > screen.width - start;
    const bool below =
        screen.width > 0 && !last.empty() && tight && start + display_width(last) > screen.width;
    const int margin = below ? indent + 2 * k_gap : start;
    if (below) {
      text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
      line = spaces(margin);
    }
    for (const std::string& part : wrap(last, room(screen, margin))) {
      line += part;
      text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
      line = spaces(margin);
    }
    if (last.empty()) text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string paragraph(std::string_view text, const Screen& screen, int indent) {
  std::string result;
  for (const std::string& line : wrap(text, room(screen, indent))) result += spaces(indent) + line + "\n";
  return result;
}

std::string quoted(std::string_view text, const Screen& screen, int indent) {
  std::string result;
  for (const std::string& line : split_lines(text))
    result += spaces(indent) + screen.paint(Style::dim, screen.utf8 ? "\u2502" : "|") + " " +
              printable(line) + "\n";
  return result;
}

}  // namespace rigsetup::cli
