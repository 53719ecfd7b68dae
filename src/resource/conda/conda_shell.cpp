// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_shell.hpp"

#include <rigsetup/base/format.hpp>

#include "resource/conda/conda_engine.hpp"

namespace rigsetup {
namespace {

constexpr const char* k_miniforge = R"sh(# Written by rigsetup: the command conda. Nothing is activated.
if [ -r {0}/etc/profile.d/conda.sh ]; then
  . {0}/etc/profile.d/conda.sh
  [ ! -r {0}/etc/profile.d/mamba.sh ] || . {0}/etc/profile.d/mamba.sh
fi
)sh";

// Environments are named by their path: releases differ in where they look for a name.
constexpr const char* k_micromamba =
    R"sh(# Written by rigsetup: the commands micromamba and conda. Nothing is activated.
if [ -x {0}/bin/micromamba ] && [ "$(command -v micromamba)" != micromamba ]; then
  export MAMBA_EXE={0}/bin/micromamba
  export MAMBA_ROOT_PREFIX="${{MAMBA_ROOT_PREFIX:-$HOME/.local/share/mamba}}"
  if [ -n "${{ZSH_VERSION-}}" ]; then
    eval "$("$MAMBA_EXE" shell hook --shell zsh)"
  elif [ -n "${{BASH_VERSION-}}" ]; then
    eval "$("$MAMBA_EXE" shell hook --shell bash)"
  else
    eval "$("$MAMBA_EXE" shell hook --shell posix)"
  fi
  conda() {{
    if [ "${{1-}}" = activate ] && [ -d "{1}/${{2-}}/conda-meta" ]; then
      micromamba activate "{1}/$2"
    else
      micromamba "$@"
    fi
  }}
fi
)sh";

}  // namespace

std::string shell_script(std::string_view client, const std::string& prefix) {
  if (client == "miniforge") return format(k_miniforge, prefix);
  return format(k_micromamba, prefix, k_conda_environments);
}

bool is_shell_word(std::string_view path) {
  return path.size() > 1 &&
         path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") ==
             std::string_view::npos;
}

}  // namespace rigsetup
