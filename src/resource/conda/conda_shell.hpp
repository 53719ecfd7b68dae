// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <string>
#include <string_view>

namespace rigsetup {

/// What shells read to know the command conda (and micromamba or mamba): for sh, bash and zsh, as often as
/// wanted. It activates nothing. `client`: "miniforge" or "micromamba".
std::string shell_script(std::string_view client, const std::string& prefix);

/// A path that a script may have as it is.
bool is_shell_word(std::string_view path);

}  // namespace rigsetup
