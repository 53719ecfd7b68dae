// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <rigsetup/base/error.hpp>
#include <rigsetup/event/event.hpp>

namespace rigsetup {

/// Why pip ended with an error.
struct PipFailure {
  Code code = Code::program;
  std::string cause;
  std::string hint;
};

/// Pure, from all that it printed. Nothing when none of its known reasons is among it.
std::optional<PipFailure> why_pip_failed(std::string_view output);

/// Of pip's log (PIP_LOG) what it does not print: pages of the index that a server did not give however often
/// it was asked. Without them pip says that there is no such package.
std::string pages_in_vain(std::string_view log);

/// Did a download break off? Pip tries again to get a connection, but only its newest versions go on with a
/// file.
bool was_cut_off(std::string_view output);

/// What a line of its output tells of how far it is. `label`: what it was at before; it stays where a line
/// only counts.
std::optional<Progress> pip_progress(std::string_view line, const std::string& label);

}  // namespace rigsetup
