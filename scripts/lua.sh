#!/usr/bin/env bash
# lua.sh [--fix]: StyLua and luacheck over the Neovim plugin. `scripts/rigs/lua.sh` sets them up.
set -euo pipefail
cd "$(dirname "$0")/.."
rigs=$(realpath -m "${FORKSIGHT_RIGS:-.rigs}")
[[ -d $rigs/lua ]] && command -v luacheck >/dev/null || { echo "lua.sh: run scripts/rigs/lua.sh first" >&2; exit 2; }
STYLUA=$rigs/lua/node_modules/@johnnymorganz/stylua/stylua_lib_node.mjs node scripts/stylua.mjs "$@" editors/neovim tests/neovim
luacheck --quiet --codes --config editors/neovim/.luacheckrc editors/neovim tests/neovim
