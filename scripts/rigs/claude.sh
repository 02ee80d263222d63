#!/usr/bin/env bash
# The real Claude Code, and ccusage, by npm, into ${FORKSIGHT_RIGS:-.rigs}. Run again: done at once.
#   claude/node_modules/.bin/claude       the version that Forksight is developed against
#   claude-old/node_modules/.bin/claude   an older one, which writes forks differently (`forkedFrom`, no `requestSessionId`)
#   ccusage/node_modules/.bin/ccusage     the sums of our savings, and the bench, are held against it
set -euo pipefail
cd "$(dirname "$0")/../.."
rigs=$(realpath -m "${FORKSIGHT_RIGS:-.rigs}")

install() { # FOLDER PACKAGE VERSION
  local folder=$rigs/$1 manifest=$rigs/$1/node_modules/$2/package.json
  if ! grep -qs "\"version\": \"$3\"" "$manifest"; then
    mkdir -p "$folder"
    npm install --prefix "$folder" --no-audit --no-fund --loglevel=error "$2@$3"
  fi
  echo "$2 $3: $folder/node_modules/.bin/${2##*/}" | sed 's/claude-code$/claude/'
}

install claude @anthropic-ai/claude-code 2.1.332
install claude-old @anthropic-ai/claude-code 2.1.197
install ccusage ccusage 20.0.24
