// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <rigsetup/protocol/messages.hpp>

namespace rigsetup::cli {

/// How far what `wait` waits for has come.
struct Standing {
  bool met = false;
  std::int64_t run = 0;     ///< that must end first; 0: none
  std::optional<int> exit;  ///< set: it will not come by itself, and this says why
  std::string why;          ///< in words, when it is not met
  std::string hint;
};

/// Idle: no run goes on, on any root. Ready: that, and the root is as its recipe wants it: its newest run
/// ended well, nothing differs, no check failed, no reboot is owed. A root that has no run yet (`newest`
/// without a number) may become ready. Pure.
Standing standing_of(const protocol::StatusReply& status, const protocol::RunLine& newest, bool ready);

}  // namespace rigsetup::cli
