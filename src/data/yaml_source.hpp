// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string_view>
#include <vector>

#include <rigsetup/data/value.hpp>

namespace rigsetup {

/// A YAML text and the places in it. Columns count bytes. Lives as long as one parse.
class YamlSource {
 public:
  explicit YamlSource(std::string_view text);

  std::string_view text() const { return text_; }
  std::size_t offset_of(Mark mark) const;  ///< never behind the end
  Mark mark_of(std::size_t offset) const;
  std::string_view line(int number) const;  ///< counts from 1; without its newline; empty when there is none
  Mark last_mark() const;                   ///< of the last character that is not white space

  /// Whether the quoted scalar that begins at the mark (perhaps with an anchor or a tag before it) has its
  /// closing quote. yaml-cpp 0.7 takes the end of the text for one. True when no quote begins there.
  bool is_closed_at(Mark mark) const;
  /// Where a value that was left out belongs. yaml-cpp marks it where the next thing begins; when that is
  /// behind an item's "- " alone on its line, the item's place is meant.
  Mark place_of_null(Mark mark) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> line_starts_;
};

}  // namespace rigsetup
