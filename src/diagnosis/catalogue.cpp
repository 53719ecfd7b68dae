// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <cctype>

#include <rigsetup/diagnosis/failure.hpp>

#include "diagnosis/catalogue/rows.hpp"

namespace rigsetup::diagnosis {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool has(const Failure& row, const std::string& lower_line) {
  const auto in_line = [&](std::string_view words) { return lower_line.find(words) != std::string::npos; };
  return std::ranges::any_of(row.words, in_line) &&
         (row.beside.empty() || std::ranges::any_of(row.beside, in_line));
}

std::vector<Failure> all_rows() {
  std::vector<Failure> all;
  for (const auto& rows : {board_rows(), package_rows(), module_rows(), driver_rows(), library_rows()}) {
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace

std::string_view to_string(Cure cure) {
  switch (cure) {
    case Cure::plan:
      return "plan";
    case Cure::command:
      return "command";
    case Cure::reboot:
      return "reboot";
    case Cure::hands:
      return "hands";
  }
  return "hands";
}

bool Failure::is_in(std::string_view line) const { return has(*this, lower(line)); }

const std::vector<Failure>& catalogue() {
  static const std::vector<Failure> rows = all_rows();
  return rows;
}

const Failure* recognise(std::string_view line) {
  const auto text = lower(line);
  const auto row = std::ranges::find_if(catalogue(), [&](const Failure& one) { return has(one, text); });
  return row == catalogue().end() ? nullptr : &*row;
}

}  // namespace rigsetup::diagnosis
