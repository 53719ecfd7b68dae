// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <charconv>

#include <rigsetup/compat/architectures.hpp>

namespace rigsetup::compat {
namespace {

/// Of "89" and "90a" the digits; 0 for what has none.
std::size_t leading_number(std::string_view text) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// "8.9" -> 89
std::size_t compute_number(std::string_view capability) {
  std::string digits(capability);
  std::erase(digits, '.');
  return leading_number(digits);
}

bool serves(std::string_view architecture, std::size_t compute) {
  const auto at = architecture.find('_');
  if (at == std::string_view::npos) return false;
  const auto number = architecture.substr(at + 1);
  const std::size_t built = leading_number(number);
  if (built == 0 || built > compute) return false;
  if (number.ends_with('a')) return built == compute;
  return architecture.starts_with("compute") || built / 10 == compute / 10;
}

}  // namespace

bool have_code_for(const std::vector<std::string>& architectures, std::string_view compute) {
  const std::size_t number = compute_number(compute);
  if (number == 0 || architectures.empty()) return true;
  return std::ranges::any_of(architectures, [&](const auto& one) { return serves(one, number); });
}

}  // namespace rigsetup::compat
