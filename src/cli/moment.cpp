// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/moment.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::cli {

std::optional<Moment> moment_from(const std::string& iso) {
  std::tm parts{};
  char zone = 0;
  // A fraction of a second, if there is one, is left out.
  if (std::sscanf(iso.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%c", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                  &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &zone) != 7 ||
      (zone != 'Z' && zone != '.'))
    return std::nullopt;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::string ago(const std::string& iso, Moment now) {
  const auto moment = moment_from(iso);
  if (!moment) return printable(iso);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - *moment).count();
  if (seconds < 2) return "just now";
  if (seconds < 120) return format("{} s ago", seconds);
  if (seconds < 2 * 3600) return format("{} min ago", seconds / 60);
  if (seconds < 2 * 86400) return format("{} h ago", seconds / 3600);
  return format("{} days ago", seconds / 86400);
}

std::string local_time(const std::string& iso) {
  const auto moment = moment_from(iso);
  if (!moment) return printable(iso);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(*moment);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return format("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                parts.tm_hour, parts.tm_min);
}

std::string clock_text(std::chrono::seconds time) {
  const auto seconds = std::max<std::int64_t>(0, time.count());
  if (seconds < 3600) return format("{}:{:02}", seconds / 60, seconds % 60);
  return format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string time_between(const std::string& begin, const std::string& end) {
  const auto from = moment_from(begin);
  const auto to = moment_from(end);
  if (!from || !to) return "";
  return human_duration(std::chrono::duration_cast<std::chrono::milliseconds>(*to - *from));
}

}  // namespace rigsetup::cli
