// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <rigsetup/base/error.hpp>

namespace rigsetup::apt {

/// What a complaint of apt's about something it fetched comes down to.
struct Judgement {
  bool passing = false;  ///< a mirror's hiccup: worth another try
  Code code = Code::network;
  std::string hint;
};
Judgement judge(std::string_view complaint);

/// How long to wait before the given try (the second is 2).
std::chrono::milliseconds pause_before(int attempt);

/// "trying again in 2 s (3 of 4): CAUSE", for whoever watches.
std::string trying_again(int attempt, int tries, std::string_view cause);

}  // namespace rigsetup::apt
