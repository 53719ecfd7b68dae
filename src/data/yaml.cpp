// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/yaml.hpp>

#include "data/yaml_source.hpp"
#include "data/yaml_tree.hpp"

namespace rigsetup {
namespace {

struct Translation {
  std::string_view theirs;  ///< how yaml-cpp's message begins
  std::string_view message;
  std::string_view hint;
};

constexpr std::string_view k_does_not_fit = "this does not fit what stands before it";
constexpr std::string_view k_quote_it = "put the text in quotes";
const std::array<Translation, 10> k_translations{{
    {YAML::ErrorMsg::MAP_VALUE, "':' is not expected here",
     "put text with ': ' in it in quotes; or look at the indentation"},
    {YAML::ErrorMsg::BLOCK_ENTRY, "'-' is not expected here",
     "begin the list on a line of its own; or look at the indentation"},
    {YAML::ErrorMsg::END_OF_SEQ, k_does_not_fit, "look at the indentation and the quotes"},
    {YAML::ErrorMsg::END_OF_MAP, k_does_not_fit, "look at the indentation and the quotes"},
    {YAML::ErrorMsg::FLOW_END, "this bracket closes nothing", "remove it, or put the text in quotes"},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "a quote is never closed", "add the closing quote"},
    {YAML::ErrorMsg::UNKNOWN_TOKEN, "a text cannot begin with this character", k_quote_it},
    {YAML::ErrorMsg::UNKNOWN_ANCHOR, "this alias refers to nothing above it",
     "text that begins with '*' belongs in quotes"},
    {YAML::ErrorMsg::INVALID_ESCAPE, "this escape is unknown",
     "write a backslash as \\\\, or use single quotes"},
    {YAML::ErrorMsg::INVALID_HEX, "a hexadecimal digit is expected here",
     "write a backslash as \\\\, or use single quotes"},
}};

/// Where a byte stands that a text file would not have: broken UTF-8, or a control character other than tab
/// and newline. The size of the text if there is none.
std::size_t first_odd_byte(std::string_view text) {
  const std::size_t good = utf8_length(text);
  for (std::size_t i = 0; i < good; ++i) {
    const char c = text[i];
    const bool line_end = c == '\n' || (c == '\r' && i + 1 < good && text[i + 1] == '\n');
    if (((c >= 0 && c < ' ') || c == 0x7f) && c != '\t' && !line_end) return i;
  }
  return good;
}

/// Whether what was given is text at all, and not too much of it. Cheap; nothing is parsed yet.
bool is_readable(const YamlSource& source, const std::string& file, Complaints& complaints) {
  const std::size_t odd = first_odd_byte(source.text());
  if (odd == source.text().size()) return true;
  const auto byte = static_cast<unsigned char>(source.text()[odd]);
  Place place{file, 0, 0};
  std::string hint = "a YAML file is expected";
  if (byte != 0) {  // a file with zero bytes is of another kind altogether: no place in it means anything
    const Mark mark = source.mark_of(odd);
    place = {file, mark.line, mark.column};
    hint = byte < 0x80 ? format("the byte 0x{:02x} is a control character; remove it", byte)
                       : format("the byte 0x{:02x} is not UTF-8; save the file as UTF-8", byte);
  }
  complaints.push_back({place, format("cannot read {}: it is not text", file), hint});
  return false;
}

Mark place_of(const YAML::Mark& mark, const YamlSource& source) {
  if (mark.is_null()) return {};
  const Mark place{mark.line + 1, mark.column + 1};
  const Mark last = source.last_mark();
  if (place.line > last.line) return last;
  // Around line ends yaml-cpp counts a character too many.
  return {place.line, std::min(place.column, static_cast<int>(source.line(place.line).size()) + 1)};
}

/// Says in the words of someone who writes a recipe what yaml-cpp stumbled over.
void complain_of_syntax(const YAML::Exception& error, const YamlSource& source, YamlTree& tree) {
  const Mark place = place_of(error.mark, source);
  const std::string_view line = source.line(place.line);
  const std::size_t tab = line.find('\t');
  if (tab < line.find_first_not_of(" \t")) {
    return tree.complain({place.line, static_cast<int>(tab) + 1}, "a tab is used to indent",
                         "indent with spaces");
  }
  const bool in_brackets =
      error.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW || error.msg == YAML::ErrorMsg::END_OF_MAP_FLOW;
  if (const std::optional<Mark> bracket = tree.open_bracket(); in_brackets && bracket) {
    const char which = source.text()[source.offset_of(*bracket)];
    return tree.complain(
        *bracket, format("the '{}' that opens here is not closed", which),
        format("'{}' or ',' is missing in line {} or before", which == '[' ? ']' : '}', place.line));
  }
  for (const Translation& translation : k_translations) {
    if (!std::string_view(error.msg).starts_with(translation.theirs)) continue;
    return tree.complain(place, std::string(translation.message), std::string(translation.hint));
  }
  tree.complain(place, "this is not YAML: " + excerpt(error.msg), "look at the indentation and the quotes");
}

Value parse_source(const YamlSource& source, const std::string& file, Complaints& complaints,
                   YamlLimits limits) {
  const std::size_t complaints_before = complaints.size();
  YamlTree tree(source, file, complaints, limits);
  std::istringstream stream{std::string(source.text())};
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(tree)) {
    }
    return tree.take();
  } catch (const YAML::Exception& error) {  // the one seam to yaml-cpp
    if (error.msg == YAML::ErrorMsg::EOF_IN_SCALAR && !source.text().ends_with('\n')) {
      // A quote is never closed. With a newline at the end the tree gets to see where it begins.
      complaints.resize(complaints_before);
      const std::string ended = std::string(source.text()) + '\n';
      return parse_source(YamlSource(ended), file, complaints, limits);
    }
    if (!tree.stopped()) complain_of_syntax(error, source, tree);
    return {};
  }
}

}  // namespace

Value parse_yaml(std::string_view text, const std::string& file, Complaints& complaints, YamlLimits limits) {
  if (text.size() > limits.bytes) {
    complaints.push_back({{file, 0, 0},
                          format("cannot read {}: it is too large ({})", file, human_bytes(text.size())),
                          format("at most {} are read", human_bytes(limits.bytes))});
    return {};
  }
  constexpr std::string_view k_byte_order_mark = "\xef\xbb\xbf";
  if (text.starts_with(k_byte_order_mark)) text.remove_prefix(k_byte_order_mark.size());
  const YamlSource source(text);
  if (!is_readable(source, file, complaints)) return {};
  return parse_source(source, file, complaints, limits);
}

}  // namespace rigsetup
