# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

_qsource () {
  local line word="${COMP_LINE:0:COMP_POINT}" words=()
  # Words as the shell splits them, but not at = and :.
  read -ra words <<<"$word"
  [[ $word == *" " ]] && words+=("")
  local current="${words[${#words[@]}-1]}" cut=""
  # Bash completes only what follows the last of its own word breaks.
  [[ $COMP_WORDBREAKS == *=* && $current == *=* ]] && cut="${current%=*}="
  COMPREPLY=()
  while IFS=$'\t' read -r line _; do
    COMPREPLY+=("${line#"$cut"}")
  done < <(qsource __complete -- "${words[@]:1}" 2>/dev/null)
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
  if [[ ${#COMPREPLY[@]} -eq 0 ]]; then
    compopt -o default
  fi
}
complete -F _qsource qsource
