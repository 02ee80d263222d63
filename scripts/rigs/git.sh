#!/usr/bin/env bash
# A git from a newer Debian for the tests, beside the system's own, into ${FORKSIGHT_RIGS:-.rigs}/git.
# Run again: done at once. About 15 seconds and 160 MB.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(realpath -m "${FORKSIGHT_RIGS:-.rigs}")/git
"$folder/bin/git" --version 2>/dev/null && exit
scripts/rigs/newer_debian.sh git usr/bin/git "$folder"
lib=$(echo "$folder"/usr/lib/*-linux-gnu)
for program in "$folder"/usr/lib/git-core/*; do # those that git starts: remote helpers, servers
  if [[ -f $program && ! -L $program && $(head -c 4 "$program" | tr -d '\0') == $'\x7fELF' ]]; then
    patchelf --set-interpreter "$(echo "$lib"/ld-linux-*.so.*)" --force-rpath --set-rpath "$lib" "$program"
  fi
done
cat >"$folder/bin/git" <<END
#!/bin/sh
export GIT_EXEC_PATH="$folder/usr/lib/git-core" GIT_TEMPLATE_DIR="$folder/usr/share/git-core/templates"
exec "$folder/usr/bin/git" "\$@"
END
"$folder/bin/git" --version
