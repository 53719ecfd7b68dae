# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the rigsetup authors
# Completion of rigsetup in bash. What there is to complete, the program itself says.

_rigsetup() {
  local -a words=()
  local i word about current= before=
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    # bash breaks words at "=": --root=DIR comes as three.
    if [[ $current == --*= || ($word == "=" && $current == --*) ]]; then
      word=$current$word
      unset "words[${#words[@]}-1]"
    fi
    words+=("$word")
    current=$word
  done
  [[ $current == --*=* ]] && before=${current%%=*}= # which bash has on the line already
  COMPREPLY=()
  while IFS=$'\t' read -r word about; do
    case $word in
      :files | :folders)
        compopt -o filenames 2>/dev/null
        local kind=-f
        [[ $word == :folders ]] && kind=-d
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$kind" -- "${current#"$before"}")
        ;;
      *) COMPREPLY+=("${word#"$before"}") ;;
    esac
  done < <(command rigsetup complete -- "${words[@]}" 2>/dev/null)
}
complete -F _rigsetup rigsetup
