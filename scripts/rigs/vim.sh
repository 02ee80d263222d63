#!/usr/bin/env bash
# The real Vim with ALE for the tests, nothing of ours in it: Debian's Vim where there is none, ALE into
# ${FORKSIGHT_RIGS:-.rigs}/vim. Run again: done at once. About 2 seconds and 2 MB.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(realpath -m "${FORKSIGHT_RIGS:-.rigs}")/vim
if ! vim --version 2>/dev/null | grep -q '+job'; then
  [[ $(id -u) == 0 ]] || { echo "vim.sh: Vim with +job is missing: sudo apt-get install vim" >&2; exit 1; }
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends vim >/dev/null
fi
if [[ ! -f $folder/usr/share/vim-ale/plugin/ale.vim ]]; then
  command -v apt-get >/dev/null || { echo "vim.sh: is set up on Debian only" >&2; exit 1; }
  rm -rf "$folder"
  mkdir -p "$folder"
  [[ $(apt-cache policy vim-ale) ]] || apt-get update -qq
  (cd "$folder" && apt-get download -qq -o APT::Sandbox::User="$(id -un)" vim-ale && dpkg-deb -x vim-ale_*.deb . && rm vim-ale_*.deb)
fi
vim --version | head -1
