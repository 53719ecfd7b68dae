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

const std::vector<Failure>& catalogue() {
  static const std::vector<Failure> rows = all_rows();
  return rows;
}

const Failure* recognise(std::string_view line) {
  const auto text = lower(line);
  for (const auto& row : catalogue()) {
    const auto has = [&](std::string_view words) { return text.find(words) != std::string::npos; };
    if (std::ranges::any_of(row.words, has)) return &row;
  }
  return nullptr;
}

}  // namespace rigsetup::diagnosis
