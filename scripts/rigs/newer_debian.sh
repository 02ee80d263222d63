#!/usr/bin/env bash
# newer_debian.sh PACKAGE BINARY FOLDER: a program out of a newer Debian with its own libc, so that it runs on an older one, into
# FOLDER; FOLDER/bin/<name of BINARY> starts it. Nothing is installed on the system but patchelf, if it is missing and we may.
set -euo pipefail
package=$1 binary=$2 folder=$3
suite=forky

die() {
  echo "$package: $*" >&2
  exit 1
}

command -v apt-get >/dev/null || die "is set up on Debian only; elsewhere install it yourself, the tests find it on PATH"
if ! command -v patchelf >/dev/null; then
  [[ $(id -u) == 0 ]] || die "patchelf is missing: sudo apt-get install patchelf"
  apt-get update -qq || true # another rig may be at it
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 patchelf >/dev/null
fi
mirror=$(grep -hoE "https?://[^ ]+/debian/?$" /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1) || true
[[ $mirror ]] || die "this machine's package sources name no Debian mirror; install it yourself, the tests find it on PATH"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$folder"
mkdir -p "$folder/bin" "$work"/{lists,cache/archives}/partial
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/source.list"
# an empty status file makes apt name every dependency, libc included
apt=(apt-get -qq -o Dir::Etc::sourcelist="$work/source.list" -o Dir::Etc::sourceparts=/dev/null
  -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o Dir::State::status=/dev/null
  -o APT::Sandbox::User="$(id -un)")
"${apt[@]}" update
mapfile -t packages < <("${apt[@]}" -s --no-install-recommends install "$package" | awk '/^Inst/{print $2}')
(cd "$work" && "${apt[@]}" download "${packages[@]}")
for archive in "$work"/*.deb; do dpkg-deb -x "$archive" "$folder"; done
lib=$(echo "$folder"/usr/lib/*-linux-gnu)
patchelf --set-interpreter "$(echo "$lib"/ld-linux-*.so.*)" --force-rpath --set-rpath "$lib" "$folder/$binary"
printf '#!/bin/sh\nexec "%s" "$@"\n' "$folder/$binary" >"$folder/bin/${binary##*/}"
chmod +x "$folder/bin/${binary##*/}"
