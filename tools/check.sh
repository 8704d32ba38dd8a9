#!/bin/bash
# Every test there is; `make check` and CI run this. Stops at the first step that fails.
#
# QUICK=1 leaves out valgrind, the tests with real peers and the demo. SKIP_AIOCOAP=1 leaves out the tests with aiocoap,
# which comes from PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}"
QUICK="${QUICK:-}"

step() { printf '\n== %s\n' "$1"; }

# Runs Rust tests: a line for each program of tests, and what they print (the library's own log, mostly) if one fails.
rust_tests() { # arguments for cargo test
  local out
  out="$(mktemp)"
  if ! timeout -k 10 1800 cargo test -q "$@" </dev/null >"$out" 2>&1; then
    tail -n 200 "$out"
    rm -f "$out"
    return 1
  fi
  grep '^test result' "$out"
  rm -f "$out"
}

step "formatting"
cargo fmt --all --check

step "clippy"
cargo clippy -q --workspace --all-targets -- -D warnings
cargo clippy -q --all-targets --features openssl -- -D warnings

step "Rust tests, without and with TLS"
rust_tests --workspace
rust_tests --features openssl

step "generated files are up to date"
cargo run -q -p headers -- --check
tools/null_calls.py | diff -q - c-tests/null_arguments.c >/dev/null ||
  { echo "c-tests/null_arguments.c is not up to date: run \`make headers\`" >&2; exit 1; }

step "headers"
tools/headers_check.sh
python3 tests/abi/abi_check.py --include include

for features in "" openssl; do
  build="build${features:+-$features}"
  step "library${features:+ with $features}"
  make --no-print-directory -s FEATURES="$features"
  python3 tests/abi/abi_check.py --lib "$build/libcoap-2.so.3.0.0"

  step "C programs${features:+ with $features}"
  root="$(mktemp -d)"
  # shellcheck disable=SC2064  # this directory, whatever root is by then
  trap "rm -rf '$root'" EXIT
  make --no-print-directory -s install FEATURES="$features" DESTDIR="$root" PREFIX=/usr
  FEATURES="$features" tools/link_check.sh "$root" /usr
  # Valgrind sees the same code in both builds but for the digest: once is enough.
  BUILD="${features:-notls}" NO_VALGRIND="${QUICK:-$features}" tools/c_programs.sh "$root" /usr
  if [ -z "$features" ]; then
    step "C programs with AddressSanitizer"
    SANITIZE=1 tools/c_programs.sh "$root" /usr
  fi
  if [ -z "$QUICK$features" ]; then
    step "real peers"
    tools/interop.sh "$root" /usr
  fi
  rm -rf "$root"
done

step "specification rows and tests"
tools/rows.py --strict

if [ -z "$QUICK" ]; then
  step "demo"
  make --no-print-directory -s demo
fi

step "all tests passed, in $((SECONDS / 60)) minutes and $((SECONDS % 60)) seconds"
