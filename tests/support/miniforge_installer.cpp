// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/support/miniforge_installer.hpp"

#include <rigsetup/base/text.hpp>

namespace rigsetup::test {
namespace {

constexpr const char* k_header = R"sh(#!/bin/sh
# NAME:  Miniforge3
# VER:   {VERSION}
case "$0" in
  *.sh) ;;
  *) echo 'Please run using "bash"/"dash"/"sh"/"zsh", but not "." or "source".' >&2; exit 1 ;;
esac
unset CONDARC MAMBARC LD_LIBRARY_PATH LD_PRELOAD
BATCH=0 FORCE=0 PREFIX="$HOME/miniforge3"
while getopts "bifhkp:sucmt" x; do
  case "$x" in
    h) echo "usage: $0 [options]"; exit 2 ;;
    b) BATCH=1 ;;
    f|u) FORCE=1 ;;
    p) PREFIX="$OPTARG" ;;
    i|k|s|c|m|t) ;;
    ?) echo "ERROR: did not recognize option '$x', please try -h" >&2; exit 1 ;;
  esac
done
if [ "$BATCH" = 0 ]; then echo "Please, press ENTER to continue"; read -r _ || exit 1; fi
case "$PREFIX" in
  *\ *) echo "ERROR: Cannot install into directories with spaces" >&2; exit 1 ;;
esac
if [ "$FORCE" = 0 ] && [ -e "$PREFIX" ]; then
  echo "ERROR: File or directory already exists: '$PREFIX'" >&2
  echo "If you want to update an existing installation, use the -u option." >&2
  exit 1
fi
mkdir -p "$PREFIX" "$HOME/.conda" || { echo "ERROR: Could not create directory: '$PREFIX'" >&2; exit 1; }
echo "PREFIX=$PREFIX"
mkdir -p "$PREFIX/install_tmp" "$PREFIX/conda-meta"
: > "$PREFIX/preconda.tar.bz2"
: > "$PREFIX/_conda"
: > "$PREFIX/conda-meta/history"
echo "Unpacking payload ..."
begun= to=
while IFS= read -r line; do
  if [ -z "$begun" ]; then
    [ "$line" != "@@END_HEADER@@" ] || begun=1
    continue
  fi
  case "$line" in
    "@@FILE "*) to="$PREFIX/${line#@@FILE }"; mkdir -p "${to%/*}"; : > "$to"; continue ;;
  esac
  rest="$line" done=
  while :; do
    case "$rest" in
      *"{PREFIX}"*) done="$done${rest%%"{PREFIX}"*}$PREFIX"; rest="${rest#*"{PREFIX}"}" ;;
      *) break ;;
    esac
  done
  printf '%s\n' "$done$rest" >> "$to"
done < "$0"
chmod 755 "$PREFIX/bin/conda"
rm -f "$PREFIX/preconda.tar.bz2"
while [ -e /var/cache/hold-installer ]; do : > /var/cache/installer-holds; sleep 0.05; done
echo "==> 2026-11-26 09:00:00 <==" >> "$PREFIX/conda-meta/history"
rm -rf "$PREFIX/install_tmp"
echo "installation finished."
exit 0
@@END_HEADER@@
)sh";

constexpr const char* k_payload = R"sh(@@FILE bin/conda
#!/bin/sh
echo "conda {VERSION}"
@@FILE conda-meta/conda-{VERSION}-py313h78bf25f_0.json
{"name": "conda", "url": "https://conda.anaconda.org/conda-forge/linux-64/conda-{VERSION}-py313h78bf25f_0.conda"}
@@FILE conda-meta/initial-state.explicit.txt
@EXPLICIT
@@FILE etc/profile.d/conda.sh
export CONDA_EXE='{PREFIX}/bin/conda'
__conda_activate() {
  for folder in $(while read -r dash value; do [ "$dash" != - ] || echo "$value"; done < /etc/conda/condarc.d/50-rigsetup.yml) {PREFIX}/envs; do
    if [ -d "$folder/$1/conda-meta" ]; then
      export CONDA_PREFIX="$folder/$1" CONDA_DEFAULT_ENV="$1" PATH="$folder/$1/bin:$PATH"
      return 0
    fi
  done
  echo "EnvironmentNameNotFound: Could not find conda environment: $1" >&2
  return 1
}
conda() {
  case "${1-}" in
    activate) __conda_activate "$2" ;;
    *) "$CONDA_EXE" "$@" ;;
  esac
}
if [ -z "${CONDA_SHLVL+x}" ]; then
  export CONDA_SHLVL=0 PATH="{PREFIX}/condabin:$PATH"
fi
)sh";

std::string with_version(std::string text, const std::string& version) {
  const std::string name = "{VERSION}";
  for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;)
    text.replace(at, name.size(), version);
  return text;
}

}  // namespace

std::string miniforge_installer(const std::string& version) {
  return with_version(k_header, version) + with_version(k_payload, split(version, '-').front());
}

}  // namespace rigsetup::test
