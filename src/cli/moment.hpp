// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace rigsetup::cli {

using Moment = std::chrono::system_clock::time_point;

std::optional<Moment> moment_from(const std::string& iso);  ///< "2026-11-23T16:30:12Z"
std::string ago(const std::string& iso, Moment now);  ///< "3 min ago"; the text itself when it is no time
std::string local_time(const std::string& iso);       ///< "2026-11-23 16:30", where the reader is
std::string clock_text(std::chrono::seconds time);    ///< "0:07", "12:05", "1:02:05"
std::string time_between(const std::string& begin,
                         const std::string& end);  ///< "1 min 36 s"; "" when not known

}  // namespace rigsetup::cli
