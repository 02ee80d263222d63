#!/usr/bin/env bash
# setup.sh [NAME…]: set up the real programs that the tests drive, all of them or those named (claude, neovim, helix, emacs, vim, …), into
# ${FORKSIGHT_RIGS:-.rigs}. One that fails does not keep the others from being set up. Run again: done at once.
set -uo pipefail
cd "$(dirname "$0")"
(($#)) || set -- claude neovim helix emacs vim vscode lua
failed=()
for name in "$@"; do
  if [[ ! -x $name.sh ]]; then
    echo "setup.sh: there is no $name.sh" >&2
    failed+=("$name")
    continue
  fi
  echo "== $name"
  ./"$name.sh" || failed+=("$name")
done
if ((${#failed[@]})); then
  echo "setup.sh: not set up: ${failed[*]}" >&2
  exit 1
fi
