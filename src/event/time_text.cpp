// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "event/time_text.hpp"

#include <charconv>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>

namespace rigsetup {
namespace {

constexpr std::string_view k_shape = "dddd-dd-ddTdd:dd:dd.dddZ";

bool has_shape(std::string_view text) {
  if (text.size() != k_shape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (k_shape[i] == 'd' ? !digit : text[i] != k_shape[i]) return false;
  }
  return true;
}

int number(std::string_view text, std::size_t at, std::size_t length) {
  int result = 0;
  std::from_chars(text.data() + at, text.data() + at + length, result);
  return result;
}

}  // namespace

std::string time_text(std::chrono::system_clock::time_point time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<milliseconds>(time - day)};
  return format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::chrono::system_clock::time_point time_from(std::string_view text) {
  using namespace std::chrono;
  if (has_shape(text)) {
    const year_month_day date{year(number(text, 0, 4)), month(static_cast<unsigned>(number(text, 5, 2))),
                              day(static_cast<unsigned>(number(text, 8, 2)))};
    const int hour = number(text, 11, 2);
    const int minute = number(text, 14, 2);
    const int second = number(text, 17, 2);
    // The clock counts nanoseconds in 64 bits: it ends in the year 2262.
    const bool countable = date.year() >= year(1970) && date.year() < year(2262);
    if (countable && date.ok() && hour < 24 && minute < 60 && second < 60) {
      return sys_days(date) + hours(hour) + minutes(minute) + seconds(second) +
             milliseconds(number(text, 20, 3));
    }
  }
  throw Error(Code::invalid, format("cannot read a time: '{}' is none", text));
}

}  // namespace rigsetup
