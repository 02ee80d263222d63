#!/usr/bin/env bash
# The real Helix for the tests, an editor with nothing of ours in it, from a newer Debian into ${FORKSIGHT_RIGS:-.rigs}/helix.
# Run again: done at once. About 10 seconds and 280 MB.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(realpath -m "${FORKSIGHT_RIGS:-.rigs}")/helix
"$folder/bin/hx" --version 2>/dev/null || { scripts/rigs/newer_debian.sh hx usr/lib/hx/hx "$folder" && "$folder/bin/hx" --version; }
