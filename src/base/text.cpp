// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

constexpr std::string_view k_white = " \t\r\n\f\v";

/// What people confuse is made equal: case, and the kinds of dashes between words.
std::string folded(std::string_view word) {
  std::string text(word);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-') c = '_';
  }
  return text;
}

/// Damerau-Levenshtein distance in its simple form (optimal string alignment); some number above `most` when
/// it is more than that.
std::size_t distance(std::string_view a, std::string_view b, std::size_t most) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    if (*std::min_element(row.begin(), row.end()) > most) return most + 1;
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> split_lines(std::string_view text) {
  if (text.empty()) return {};
  if (text.back() == '\n') text.remove_suffix(1);
  return split(text, '\n');
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t start = text.find_first_not_of(k_white); start != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(k_white, start), text.size());
    words.emplace_back(text.substr(start, end - start));
    start = text.find_first_not_of(k_white, end);
  }
  return words;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (&part != &parts.front()) text += separator;
    text += part;
  }
  return text;
}

std::string_view trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(k_white);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(k_white) - start + 1);
}

std::string last_lines(std::string_view text, std::size_t count) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  if (count == 0) return {};
  std::size_t start = text.size() + 1;  // where a line would begin behind the last one
  for (; count > 0; --count) {
    const std::size_t newline = start < 2 ? std::string_view::npos : text.rfind('\n', start - 2);
    if (newline == std::string_view::npos) return std::string(text);
    start = newline + 1;
  }
  return std::string(text.substr(start));
}

std::optional<std::string> suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t k_longest_word = 64;
  if (word.empty() || word.size() > k_longest_word) return std::nullopt;
  const std::string wanted = folded(word);
  std::optional<std::string> best;
  std::size_t best_distance = 0;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > k_longest_word) continue;
    // A third of the letters wrong is still a slip; more is another word.
    const std::size_t most = std::min<std::size_t>(3, std::max(word.size(), candidate.size()) / 3);
    const std::size_t far = distance(wanted, folded(candidate), most);
    if (far > most) continue;
    if (!best || far < best_distance) {
      best = candidate;
      best_distance = far;
    }
  }
  return best;
}

}  // namespace rigsetup
