// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/contract/manual_page.hpp"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::test {
namespace {

/// Text in which nothing is taken for an instruction; "-" stays what can be typed.
std::string escaped(std::string_view text) {
  std::string result;
  bool begins_line = true;
  for (const char c : text) {
    if (begins_line && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
    begins_line = c == '\n';
  }
  return result;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::toupper(c); });
  return result;
}

/// Of the newest version, as the package's changelog has it: "2026-11-23".
std::string release_date() {
  std::ifstream file(RIGSETUP_SOURCE_DIR "/debian/changelog");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const auto at = text.find(">  ");
  std::tm date{};
  if (at == std::string::npos || ::strptime(text.c_str() + at + 3, "%a, %d %b %Y", &date) == nullptr)
    throw std::runtime_error("debian/changelog has no date");
  return format("{:04}-{:02}-{:02}", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
}

}  // namespace

std::string sentence(std::string_view text) {
  const bool ended = !text.empty() && std::string_view(".?!").find(text.back()) != std::string_view::npos;
  return std::string(text) + (ended ? "" : ".");
}

ManualPage::ManualPage(std::string_view name, int section, std::string_view summary) {
  text_ = ".\\\" SPDX-License-Identifier: Apache-2.0\n.\\\" SPDX-FileCopyrightText: the rigsetup authors\n";
  text_ +=
      ".\\\" Made from the programs' own tables; tests/contract/manual_test.cpp says how to write it anew.\n";
  text_ += format(".TH {} {} {} \"rigsetup {}\"\n", escaped(upper(name)), section, release_date(),
                  RIGSETUP_VERSION);
  heading("NAME");
  text_ += format("{} \\- {}\n", escaped(name), escaped(summary));
}

ManualPage& ManualPage::heading(std::string_view name) {
  text_ += format(".SH {}\n", escaped(name));
  return *this;
}

ManualPage& ManualPage::subheading(std::string_view name) {
  text_ += format(".SS {}\n", escaped(name));
  return *this;
}

ManualPage& ManualPage::paragraph(std::string_view text) {
  const auto line_before = text_.rfind('\n', text_.size() - 2) + 1;  // a heading makes a paragraph by itself
  if (!std::string_view(text_).substr(line_before).starts_with(".S")) text_ += ".PP\n";
  text_ += escaped(text) + "\n";
  return *this;
}

ManualPage& ManualPage::item(std::string_view term, std::string_view text) {
  text_ += format(".TP\n\\fB{}\\fR\n{}\n", escaped(term), escaped(text));
  return *this;
}

ManualPage& ManualPage::more(std::string_view text) {
  text_ += format(".IP\n{}\n", escaped(text));
  return *this;
}

ManualPage& ManualPage::code(std::string_view lines) {
  text_ += ".PP\n.in +4n\n.EX\n";
  for (const auto& line : split_lines(lines)) text_ += (line.empty() ? "\\&" : escaped(line)) + "\n";
  text_ += ".EE\n.in\n";
  return *this;
}

}  // namespace rigsetup::test
