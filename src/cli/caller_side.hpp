// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>

#include <rigsetup/protocol/doctor.hpp>

#include "cli/options.hpp"

namespace rigsetup::cli {

/// What the daemon cannot know: the environment of this terminal, and what the Python that is used from it
/// has installed. Of another root or a described machine only a Python that was named; nothing otherwise.
/// Wakes no GPU.
std::optional<protocol::DoctorRequest::Caller> caller_side(const Options& options,
                                                           const Environment& variables);

/// Asks an interpreter for its frameworks, as the caller.
void ask_python(const std::string& python, bool may_wake_gpu, protocol::DoctorRequest::Caller& caller);

/// Under sudo the environment is sudo's own, and tells nothing of the one that is asked about.
bool environment_is_sudos(const Environment& variables);

}  // namespace rigsetup::cli
