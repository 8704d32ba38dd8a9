#!/usr/bin/env bash
# interop.sh ROOT PREFIX [options of tests/interop/run.py]: the tests with real peers. Builds the programs of examples/
# with AddressSanitizer and UndefinedBehaviorSanitizer against a library installed below ROOT (so a leak makes a test
# fail), makes aiocoap available, and runs tests/interop/run.py. For its tests over DTLS and TLS, which --secure asks for,
# the library has to be that of BUILD=openssl.
#
# aiocoap comes from PyPI, once for all runs, of the version and with the hash that tests/interop/requirements.txt names.
# Where PyPI cannot be reached this fails; SKIP_AIOCOAP=1 leaves the tests with aiocoap out.
#
#   BUILD=openssl     with libcoap-2-openssl; otherwise with libcoap-2
#   ONLY=pattern      only tests whose names match this regular expression
#   SKIP_AIOCOAP=1    only our programs and Debian's
#   AIOCOAP_VENV=dir  where aiocoap is installed, or is to be (build/aiocoap)
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
root="$1" prefix="$2"
shift 2
library="libcoap-2${BUILD:+-$BUILD}"
if [ "$library" = libcoap-2-notls ]; then library=libcoap-2; fi
if [ -n "${ONLY:-}" ]; then set -- --only "$ONLY" "$@"; fi
export PKG_CONFIG_PATH="$root$prefix/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root" LD_LIBRARY_PATH="$root$prefix/lib"

programs="$root/interop"
mkdir -p "$programs"

ends_with() { # status, program, options
  local wanted=$1 name=$2 status=0
  shift 2
  timeout -k 5 20 "$programs/$name" "$@" </dev/null >"$programs/usage" 2>&1 || status=$?
  if [ "$status" != "$wanted" ] || ! [ -s "$programs/usage" ]; then
    echo "FAIL $name $*: ends with status $status" >&2
    cat "$programs/usage" >&2
    exit 1
  fi
}

for name in client server observer epoll_loop select_loop put_block1_server psk_identities; do
  # shellcheck disable=SC2046  # the flags are several words
  "${CC:-cc}" -std=c11 -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all \
    "$here/examples/$name.c" -o "$programs/$name" $(pkg-config --cflags --libs "$library")
  # Wrong usage is said so, and nothing else happens.
  for wrong in "-?" "-p 70000" "-v 8" "coap://127.0.0.1/ left-over"; do
    # shellcheck disable=SC2086  # options are several words
    ends_with 2 "$name" $wrong
  done
  # That there is no DTLS and TLS, too.
  if [ "$library" = libcoap-2 ]; then
    case "$name" in
    client | observer) ends_with 4 "$name" -n coaps://127.0.0.1/ ;;
    *) ends_with 4 "$name" -k key ;;
    esac
  fi
done

case " $* " in *" --secure "*) SKIP_AIOCOAP=1 ;; esac  # it has no part in those
if [ -n "${SKIP_AIOCOAP:-}" ]; then
  echo "without aiocoap"
  exec python3 "$here/tests/interop/run.py" "$programs" - "$@"
fi

venv="${AIOCOAP_VENV:-$here/build/aiocoap}"
wanted="$here/tests/interop/requirements.txt"
mkdir -p "$(dirname "$venv")"
# One run installs, and others that want it meanwhile wait.
exec 9>"$venv.lock"
flock 9
if ! cmp -s "$wanted" "$venv/installed.txt" || ! "$venv/bin/python" -c 'import aiocoap' 2>"$programs/pip"; then
  rm -rf "$venv"
  if ! { python3 -m venv "$venv" &&
    timeout -k 5 300 "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --timeout 20 --retries 2 \
      --require-hashes -r "$wanted"; } </dev/null >"$programs/pip" 2>&1; then
    tail -n 5 "$programs/pip" >&2
    echo "interop: cannot install aiocoap from PyPI. SKIP_AIOCOAP=1 leaves the tests with it out." >&2
    exit 1
  fi
  cp "$wanted" "$venv/installed.txt"
fi
exec 9>&-

exec python3 "$here/tests/interop/run.py" "$programs" "$venv/bin/python" "$@"
