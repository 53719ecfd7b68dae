// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace rigsetup {

/// A process as /proc shows it, also one inside another root.
struct RunningProcess {
  pid_t pid = 0;
  pid_t parent = 0;
  std::uint64_t started = 0;  ///< clock ticks since boot
  std::uint64_t cpu = 0;      ///< clock ticks that it and its ended children were at work
  std::string name;           ///< as the kernel calls it, 15 bytes at most
  std::vector<std::string> argv;
  std::string folder;   ///< where it works, as its own mount namespace names it
  std::string package;  ///< of dpkg's, when it belongs to a maintainer script
};

/// The process and all below it, parents first; zombies and what ends meanwhile are left out.
std::vector<RunningProcess> processes_below(pid_t top);

/// Clock ticks since boot, as RunningProcess::started counts.
std::uint64_t ticks_since_boot();
std::uint64_t ticks_a_second();

}  // namespace rigsetup
