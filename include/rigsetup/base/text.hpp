// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rigsetup {

std::vector<std::string> split(std::string_view text, char separator);  ///< keeps empty parts
std::vector<std::string> split_lines(std::string_view text);            ///< without a last empty line
std::vector<std::string> split_words(std::string_view text);            ///< at runs of white space
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);

/// Decimal units as apt prints them: "13.2 MB", "1.6 GB", "512 B".
std::string human_bytes(std::uint64_t bytes);
std::string human_duration(std::chrono::milliseconds time);  ///< "0.3 s", "42 s", "3 min 5 s", "2 h 10 min"
/// "10min", "90s", "1h 30min", "2d"; a bare number is seconds. Nothing if it is none of these.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);
std::string iso_time(std::chrono::system_clock::time_point time);  ///< UTC, "2026-11-23T16:30:12Z"

/// The candidate nearest to a mistyped word, if one is near enough to be meant.
std::optional<std::string> suggestion(std::string_view word, const std::vector<std::string>& candidates);

bool is_utf8(std::string_view text);
std::size_t utf8_length(std::string_view text);  ///< bytes of the longest beginning that is UTF-8
/// Text of unknown origin made safe to print: control characters and broken UTF-8 are shown as \xNN; a newline stays
/// only when asked for.
std::string printable(std::string_view text, bool keep_newlines = false);
/// The same on one line and of bounded length: what is longer ends in "...".
std::string excerpt(std::string_view text, std::size_t most_bytes = 100);
/// The last lines of a program's output, for an error message.
std::string last_lines(std::string_view text, std::size_t count);

std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

}  // namespace rigsetup
