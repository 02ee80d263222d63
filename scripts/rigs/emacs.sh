#!/usr/bin/env bash
# The real Emacs for the tests, an editor with nothing of ours in it, from a newer Debian into ${FORKSIGHT_RIGS:-.rigs}/emacs.
# Run again: done at once. About 15 seconds and 350 MB.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(realpath -m "${FORKSIGHT_RIGS:-.rigs}")/emacs
"$folder/bin/emacs" --version 2>/dev/null | head -1 | grep . && exit
scripts/rigs/newer_debian.sh emacs-nox usr/bin/emacs-nox "$folder"
share=$(echo "$folder"/usr/share/emacs/[0-9]*)
programs=$(echo "$folder"/usr/libexec/emacs/[0-9]*/*)
cat >"$folder/bin/emacs" <<END
#!/bin/sh
export EMACSLOADPATH="$(find "$share/lisp" -type d | paste -sd:)"
export EMACSDATA="$share/etc" EMACSDOC="$share/etc" EMACSPATH="$programs"
exec "$folder/usr/bin/emacs-nox" --dump-file="$(echo "$programs"/*.pdmp)" "\$@"
END
chmod +x "$folder/bin/emacs"
"$folder/bin/emacs" --version | head -1
