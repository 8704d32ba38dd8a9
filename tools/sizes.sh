#!/bin/bash
# sizes.sh [DIRECTORY]: whether the shared libraries in build/ (or DIRECTORY) are as small, stripped, as they are to be.
set -euo pipefail
cd "$(dirname "$0")/.."
directory="${1:-build}"
stripped="$(mktemp)"
trap 'rm -f "$stripped"' EXIT
failed=0

check() { # library, most KB (1,000 bytes)
  local size
  strip -o "$stripped" "$directory/$1"
  size="$(stat -c %s "$stripped")"
  if [ "$size" -gt "$(($2 * 1000))" ]; then
    echo "FAIL $1 has $size bytes when stripped, and is to have $2,000 at most"
    failed=1
  else
    echo "ok   $1: $size bytes when stripped"
  fi
}

check libcoap-2.so.3.0.0 700
check libcoap-2-openssl.so.3.0.0 850
exit "$failed"
