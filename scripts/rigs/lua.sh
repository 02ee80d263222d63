#!/usr/bin/env bash
# What checks the Lua: luacheck from Debian, and StyLua's WebAssembly build from npm, into ${FORKSIGHT_RIGS:-.rigs}/lua.
# Run again: done at once. `scripts/lua.sh` uses them.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(realpath -m "${FORKSIGHT_RIGS:-.rigs}")/lua
version=2.5.2

if ! command -v luacheck >/dev/null; then
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "lua.sh: luacheck is missing. Install it (Debian and Ubuntu: sudo apt-get install lua-check) and run this again." >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends lua-check >/dev/null
fi
if ! grep -qs "\"version\": \"$version\"" "$folder/node_modules/@johnnymorganz/stylua/package.json"; then
  mkdir -p "$folder"
  npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "@johnnymorganz/stylua@$version"
fi
echo "$(luacheck --version | head -1), StyLua $version: $folder"
