// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/columns.hpp"

#include <algorithm>
#include <array>

#include <rigsetup/base/text.hpp>

namespace rigsetup::cli {
namespace {

struct Glyph {
  std::size_t bytes = 1;
  int columns = 1;
};

struct Range {
  char32_t first;
  char32_t last;
};
// East Asian Wide and Fullwidth, and what terminals draw as emoji (Unicode 14, neighbouring ranges merged).
constexpr std::array<Range, 14> k_wide{{{0x1100, 0x115f},
                                        {0x231a, 0x231b},
                                        {0x2e80, 0x303e},
                                        {0x3041, 0x33ff},
                                        {0x3400, 0x4dbf},
                                        {0x4e00, 0x9fff},
                                        {0xa000, 0xa4cf},
                                        {0xa960, 0xa97f},
                                        {0xac00, 0xd7a3},
                                        {0xf900, 0xfaff},
                                        {0xfe30, 0xfe6f},
                                        {0xff00, 0xff60},
                                        {0x1f300, 0x1faff},
                                        {0x20000, 0x3fffd}}};
constexpr std::array<Range, 6> k_zero{{{0x0300, 0x036f},
                                       {0x200b, 0x200f},
                                       {0x20d0, 0x20ff},
                                       {0xfe00, 0xfe0f},
                                       {0xfe20, 0xfe2f},
                                       {0xe0100, 0xe01ef}}};

template <std::size_t N>
bool in(const std::array<Range, N>& ranges, char32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [code](Range range) { return range.first <= code && code <= range.last; });
}

std::size_t sequence_length(unsigned char lead) {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  if (lead >= 0xc0) return 2;
  return 1;
}

bool is_colour(std::string_view text) { return text.starts_with("\x1b["); }

/// The first glyph of a text that is not empty. Broken UTF-8 counts a column a byte.
Glyph first_glyph(std::string_view text) {
  if (is_colour(text)) {
    const std::size_t end = text.find('m');
    return {end == std::string_view::npos ? text.size() : end + 1, 0};
  }
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = sequence_length(lead);
  if (length == 1 || length > text.size()) return {};
  char32_t code = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3fU);
  if (in(k_zero, code)) return {length, 0};
  return {length, in(k_wide, code) ? 2 : 1};
}

}  // namespace

int display_width(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const Glyph glyph = first_glyph(text);
    columns += glyph.columns;
    text.remove_prefix(glyph.bytes);
  }
  return columns;
}

std::string fit(std::string_view text, int width, std::string_view ellipsis) {
  if (display_width(text) <= width) return std::string(text);
  const int room = width - display_width(ellipsis);
  if (room < 0) return std::string(ellipsis.substr(0, static_cast<std::size_t>(std::max(width, 0))));
  std::string result;
  bool coloured = false;
  for (int columns = 0; !text.empty();) {
    const Glyph glyph = first_glyph(text);
    if (columns + glyph.columns > room) break;
    columns += glyph.columns;
    coloured = coloured || is_colour(text);
    result += text.substr(0, glyph.bytes);
    text.remove_prefix(glyph.bytes);
  }
  result += ellipsis;
  if (coloured) result += "\x1b[0m";
  return result;
}

std::string pad(std::string_view text, int width) {
  return std::string(text) +
         std::string(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ');
}

std::string pad_left(std::string_view text, int width) {
  return std::string(static_cast<std::size_t>(std::max(0, width - display_width(text))), ' ') +
         std::string(text);
}

std::vector<std::string> wrap(std::string_view text, int width) {
  std::vector<std::string> lines;
  for (const std::string& paragraph : split_lines(text)) {
    std::string line;
    for (const std::string& word : split_words(paragraph)) {
      const bool fits = width <= 0 || display_width(line) + 1 + display_width(word) <= width;
      if (!line.empty() && !fits) {
        lines.push_back(std::move(line));
        line.clear();
      }
      if (!line.empty()) line += ' ';
      line += word;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> in_columns(const std::vector<std::string>& items, int width, int indent) {
  constexpr int k_gap = 2;
  if (width == 0) width = 100;
  int widest = 1;
  for (const std::string& item : items) widest = std::max(widest, display_width(item));
  const auto columns = static_cast<std::size_t>(std::max(1, (width - indent + k_gap) / (widest + k_gap)));
  const std::size_t rows = (items.size() + columns - 1) / columns;
  std::vector<std::string> lines;
  for (std::size_t row = 0; row < rows; ++row) {
    std::string line(static_cast<std::size_t>(indent), ' ');
    for (std::size_t i = row; i < items.size(); i += rows)
      line += i + rows < items.size() ? pad(items[i], widest + k_gap) : items[i];
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace rigsetup::cli
