// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <array>
#include <ctime>
#include <limits>
#include <utility>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

constexpr std::array<std::pair<std::string_view, std::int64_t>, 8> k_duration_units{{
    {"s", 1},
    {"sec", 1},
    {"m", 60},
    {"min", 60},
    {"h", 3600},
    {"d", 86400},
    {"day", 86400},
    {"days", 86400},
}};

std::optional<std::int64_t> seconds_in(std::string_view unit) {
  for (const auto& [name, seconds] : k_duration_units) {
    if (name == unit) return seconds;
  }
  return std::nullopt;
}

/// Takes the digits at the front of the text; nothing when there are none or too many.
std::optional<std::int64_t> take_number(std::string_view& text) {
  constexpr std::size_t k_most_digits = 12;
  std::size_t digits = 0;
  std::int64_t number = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    if (digits == k_most_digits) return std::nullopt;
    number = number * 10 + (text[digits++] - '0');
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

/// "3 min 5 s", without a second part that is 0.
std::string two_parts(std::int64_t first, const char* first_unit, std::int64_t second,
                      const char* second_unit) {
  if (second == 0) return format("{} {}", first, first_unit);
  return format("{} {} {} {}", first, first_unit, second, second_unit);
}

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array<const char*, 6> k_units{"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  // The bounds are where rounding would show one digit too many: 999,950 bytes are "1.0 MB", not "1000 kB".
  for (; value >= 999.5 && unit + 1 < k_units.size(); ++unit) value /= 1000;
  return value < 99.95 ? format("{:.1f} {}", value, k_units[unit])
                       : format("{:.0f} {}", value, k_units[unit]);
}

std::string human_duration(std::chrono::milliseconds time) {
  if (time.count() < 9950) return format("{:.1f} s", static_cast<double>(time.count()) / 1000);
  const std::int64_t seconds = (time.count() + 500) / 1000;
  if (seconds < 60) return format("{} s", seconds);
  if (seconds < 3600) return two_parts(seconds / 60, "min", seconds % 60, "s");
  if (seconds < 86400) return two_parts(seconds / 3600, "h", seconds % 3600 / 60, "min");
  return two_parts(seconds / 86400, "d", seconds % 86400 / 3600, "h");
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  text = trim(text);
  std::int64_t total = 0;
  bool first = true;
  do {
    const std::optional<std::int64_t> number = take_number(text);
    if (!number) return std::nullopt;
    text = trim(text);
    const std::string_view unit = text.substr(0, text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"));
    text = trim(text.substr(unit.size()));
    // A number without a unit means seconds, but only when it stands alone.
    const bool bare = unit.empty() && first && text.empty();
    const std::optional<std::int64_t> factor = bare ? 1 : seconds_in(unit);
    if (!factor) return std::nullopt;
    total += *number * *factor;  // a part is at most 10^12 days: no overflow before the check
    if (total > std::numeric_limits<std::int64_t>::max() / 8) return std::nullopt;
    first = false;
  } while (!text.empty());
  return std::chrono::seconds(total);
}

std::string iso_time(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

}  // namespace rigsetup
