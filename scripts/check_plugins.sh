#!/usr/bin/env bash
# Has the real Claude Code validate the marketplace file and each plugin for it, strictly. Without its rig that is left out, except in CI.
set -euo pipefail
cd "$(dirname "$0")/.."
claude=${FORKSIGHT_RIGS:-.rigs}/claude/node_modules/.bin/claude
if [ ! -x "$claude" ]; then
  echo "Claude Code is not set up, so its plugins are not validated: run scripts/rigs/claude.sh"
  [ "${CI:-}" != true ]
  exit
fi
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
for folder in . editors/claude editors/claude-*; do
  said=$(HOME=$home CLAUDE_CONFIG_DIR=$home DISABLE_AUTOUPDATER=1 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 \
    "$claude" plugin validate "$folder" --strict 2>&1) || { echo "$said"; exit 1; }
  case $said in *"⚠"*) echo "$said"; exit 1 ;; esac
done
echo "Plugins for Claude Code: valid"
