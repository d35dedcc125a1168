#!/bin/sh
# Puts the two inputs of examples/hello-debian under its files/ directory: a Debian root with a compiler, and the release
# tarball of GNU hello. Both come through this machine's own package client, as its sources are configured; a complete set is left alone.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
out=$here/examples/hello-debian/files
sha=31e066137a962676e89f69d1b65382de95a7ef7d914b8cb956f41ea72e0f516b
tarball=hello_2.10.orig.tar.gz
mkdir -p "$out"

say() { printf '%s\n' "$*"; }
fail() { say "example-inputs: $*" >&2; exit 1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

# A copy of the configured sources, binary and source, in a place of its own: nothing of the system's set-up is changed.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
binary_sources() {
  sed -n 's/^[[:space:]]*\(deb[[:space:]].*\)$/\1/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true
}
deb822_sources() {
  awk 'FNR==1{print ""} {print}' /etc/apt/sources.list.d/*.sources 2>/dev/null || true
}

if [ ! -f "$out/$tarball" ]; then
  say "Fetching the release tarball of GNU hello through the package client"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/parts"
  binary_sources | sed 's/^deb[[:space:]]/deb-src /' > "$work/sources.list"
  deb822_sources | sed 's/^Types:.*/Types: deb-src/' > "$work/parts/all.sources"
  opts="-o Dir::Etc::sourcelist=$work/sources.list -o Dir::Etc::sourceparts=$work/parts -o Dir::State::lists=$work/lists -o Dir::Cache=$work/cache -o APT::Sandbox::User=$(id -un)"
  # shellcheck disable=SC2086
  apt-get $opts -qq update || fail "the package client cannot read its source lists (apt-get update failed)"
  # shellcheck disable=SC2086
  (cd "$work" && apt-get $opts -qq source --download-only hello) || fail "the package client has no source package 'hello'"
  got=$(sha256sum "$work/$tarball" 2>/dev/null | cut -d' ' -f1)
  [ "$got" = "$sha" ] || fail "$tarball is not the release that elements/hello.bst names (sha256 ${got:-missing})"
  mv "$work/$tarball" "$out/$tarball.part" && mv "$out/$tarball.part" "$out/$tarball"
fi

if [ ! -d "$out/debian" ]; then
  say "Making a Debian root with a compiler (a minute or two)"
  . /etc/os-release
  command -v mmdebstrap >/dev/null || fail "mmdebstrap is missing; install it with: apt-get install mmdebstrap"
  if [ "$(id -u)" = 0 ]; then mode=root; else mode=unshare; fi
  { binary_sources; deb822_sources; } > "$work/bootstrap.sources"
  # Device nodes, caches and logs are no part of a system's files; what is left must not differ from one run to the next without need.
  mmdebstrap --quiet --mode=$mode --variant=essential --format=tar \
    --include=gcc,libc6-dev,make \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --customize-hook='rm -rf "$1"/var/cache/* "$1"/var/log/* "$1"/var/lib/apt/lists/* "$1"/etc/apt/sources.list* "$1"/etc/resolv.conf "$1"/etc/hostname' \
    "${VERSION_CODENAME:-stable}" "$work/debian.tar" "$work/bootstrap.sources" || fail "mmdebstrap failed"
  mkdir "$work/debian"
  tar -C "$work/debian" --no-same-owner --exclude="./dev/*" --exclude="./run/*" -xf "$work/debian.tar"
  rm -rf "$out/debian.part" && mv "$work/debian" "$out/debian.part" && chmod -R u+rwX "$out/debian.part" && mv "$out/debian.part" "$out/debian"
fi
say "Inputs of the example are in place"
