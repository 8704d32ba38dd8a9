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

step "libraries"
make --no-print-directory -s -j2
tools/sizes.sh
root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
make --no-print-directory -s install DESTDIR="$root" PREFIX=/usr

step "facts of the C interface, under each name"
libraries=()
for name in libcoap-2 libcoap-2-openssl libcoap-2-gnutls libcoap-2-mbedtls libcoap-2-tinydtls; do
  libraries+=(--lib "$root/usr/lib/$name.so")
done
python3 tests/abi/abi_check.py --include "$root/usr/include" "${libraries[@]}"

step "ways to link"
tools/link_check.sh "$root" /usr

# Almost all code of the build without TLS is in the other one, too: there valgrind and sanitizers look at it.
step "C programs without TLS"
BUILD=notls NO_VALGRIND="${QUICK:-shared}" tools/c_programs.sh "$root" /usr
step "C programs with TLS"
BUILD=openssl NO_VALGRIND="$QUICK" tools/c_programs.sh "$root" /usr
step "C programs with TLS and AddressSanitizer"
BUILD=openssl SANITIZE=1 tools/c_programs.sh "$root" /usr

if [ -z "$QUICK" ]; then
  step "real peers"
  tools/interop.sh "$root" /usr
  step "real peers over DTLS and TLS"
  BUILD=openssl tools/interop.sh "$root" /usr --secure
fi

step "specification rows and tests"
tools/rows.py --strict

if [ -z "$QUICK" ]; then
  step "demo"
  make --no-print-directory -s demo
  make --no-print-directory -s demo TLS=1
fi

step "all tests passed, in $((SECONDS / 60)) minutes and $((SECONDS % 60)) seconds"
