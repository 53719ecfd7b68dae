// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string_view>

namespace rigsetup {

/// The developers' log, on standard error (journald under systemd). Events are the product; nothing parses this.
enum class LogLevel { debug, info, warning, error };
void log(LogLevel level, std::string_view message);
void set_log_level(LogLevel least);

}  // namespace rigsetup
