// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace rigsetup::cli {

struct ChildAnswer {
  std::string out;
  std::string problem;  ///< why it gave no answer: "exit status 1", "no answer in 60 s"; empty: it did
};

/// Runs a program of the caller's as the caller, with their environment, from "/". When that is root, it runs
/// as the one who called sudo, else as the owner of the program's path, else as nobody, and with little of
/// root's environment: what root is asked to look at may be anybody's. It has no terminal. Bounded in time
/// and output; nothing of its process group is left behind but what waits in the kernel.
ChildAnswer ask_child(const std::vector<std::string>& argv, std::chrono::seconds limit);

}  // namespace rigsetup::cli
