// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace rigsetup {

/// A record's time: UTC with milliseconds, "2026-11-23T16:30:12.345Z".
std::string time_text(std::chrono::system_clock::time_point time);
std::chrono::system_clock::time_point time_from(std::string_view text);  ///< throws Error(invalid)

}  // namespace rigsetup
