#!/bin/sh
# Makes sure that the tools which check, demo and bench use are there: installs Debian packages when run as root on a
# Debian system, else says what is missing. Quick and quiet when nothing is.
set -eu

packages="gcc g++ make binutils pkg-config libssl-dev openssl valgrind python3 libcoap3-bin libcoap3-dev python3-venv"
commands="gcc g++ make nm readelf pkg-config openssl valgrind python3 coap-client-notls coap-server-notls"

missing=""
if command -v dpkg-query >/dev/null 2>&1; then
  for p in $packages; do
    dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null | grep -q '^installed' || missing="$missing $p"
  done
else
  for c in $commands; do
    command -v "$c" >/dev/null 2>&1 || missing="$missing $c"
  done
fi

# Debian's own Rust may be too old: cargo's complaint about that is hard to understand.
for c in cargo rustfmt cargo-clippy; do
  command -v "$c" >/dev/null 2>&1 || { echo "setup: $c is missing: see https://rustup.rs" >&2; exit 1; }
done
need="$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$(dirname "$0")/../Cargo.toml")"
have="$(cargo --version | cut -d ' ' -f 2)"
[ "$(printf '%s\n' "$need" "$have" | sort -V | head -n 1)" = "$need" ] ||
  { echo "setup: this is Rust $have, and $need or later is needed: see https://rustup.rs" >&2; exit 1; }

[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "setup: installing$missing"
  export DEBIAN_FRONTEND=noninteractive
  log="$(mktemp)"
  trap 'rm -f "$log"' EXIT
  # shellcheck disable=SC2086  # the packages are several words
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } </dev/null >"$log" 2>&1 ||
    { tail -5 "$log" >&2; echo "setup: could not install$missing" >&2; exit 1; }
else
  echo "setup: please install, on Debian: sudo apt-get install$missing" >&2
  exit 1
fi
