#!/usr/bin/env bash
# setup.sh [NAME…]: set up the real programs that the tests drive, all of them or those named (claude, git, neovim, helix, emacs, vim, …), into
# ${FORKSIGHT_RIGS:-.rigs}. One that fails does not keep the others from being set up. Run again: done at once.
set -uo pipefail
cd "$(dirname "$0")"
(($#)) || set -- claude git neovim helix emacs vim vscode lua
failed=() started=() pids=()
for name in "$@"; do
  if [[ ! -x $name.sh ]]; then
    echo "setup.sh: there is no $name.sh" >&2
    failed+=("$name")
    continue
  fi
  echo "== $name"
  case $name in
    git | helix | emacs) # out of a newer Debian, beside whatever else is done
      ./"$name.sh" &
      started+=("$name") pids+=($!)
      ;;
    *) ./"$name.sh" || failed+=("$name") ;;
  esac
done
for ((i = 0; i < ${#pids[@]}; i++)); do
  wait "${pids[i]}" || failed+=("${started[i]}")
done
if ((${#failed[@]})); then
  echo "setup.sh: not set up: ${failed[*]}" >&2
  exit 1
fi
