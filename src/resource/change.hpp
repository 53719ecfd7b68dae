// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <vector>

#include <rigsetup/resource/resource.hpp>

namespace rigsetup {

/// Runs a program that changes the machine, with what it is for shown as progress. Throws Cancelled on a stop
/// request, after the end of a program that may not be cut. How it ended is for the caller to judge.
Finished change(const Context& context, const std::string& label, Command command, bool may_cut);
Finished change(const Context& context, const std::string& label, std::vector<std::string> argv,
                bool may_cut);

/// "modprobe: exit status 1: FATAL: Module nvidia not found", of a program that failed.
std::string failure_text(const std::string& program, const Finished& finished);

}  // namespace rigsetup
