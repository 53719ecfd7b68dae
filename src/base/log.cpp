// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <cstdlib>
#include <memory>
#include <string>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <rigsetup/base/log.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// What stands before a message: for journald its priority (sd-daemon(3)), for people the level.
std::string_view prefix(LogLevel level, bool journal) {
  switch (level) {
    case LogLevel::debug:
      return journal ? "<7>" : "debug: ";
    case LogLevel::info:
      return journal ? "<6>" : "info: ";
    case LogLevel::warning:
      return journal ? "<4>" : "warning: ";
    case LogLevel::error:
      return journal ? "<3>" : "error: ";
  }
  return {};
}

// Never destroyed: a thread may still log while the process ends.
spdlog::logger& logger() {
  static spdlog::logger& the_logger = *[] {
    auto* made = new spdlog::logger("rigsetup", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    return made;
  }();
  return the_logger;
}

}  // namespace

void log(LogLevel level, std::string_view message) {
  static const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
  if (!logger().should_log(level_of(level))) return;
  std::string line(prefix(level, journal));
  line += printable(message);
  logger().log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
}

void set_log_level(LogLevel least) { logger().set_level(level_of(least)); }

}  // namespace rigsetup
