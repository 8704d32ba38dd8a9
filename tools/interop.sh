#!/usr/bin/env bash
# interop.sh ROOT PREFIX [options of tests/interop/run.py]: the tests with real peers. Builds the programs of examples/
# against the library installed below ROOT, makes aiocoap available, and runs tests/interop/run.py.
#
#   AIOCOAP_VENV=dir  where aiocoap is installed, or is to be (build/aiocoap)
set -euo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
root="$1" prefix="$2"
shift 2
export PKG_CONFIG_PATH="$root$prefix/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root" LD_LIBRARY_PATH="$root$prefix/lib"

programs="$root/interop"
mkdir -p "$programs"
for name in client server observer epoll_loop select_loop; do
  # shellcheck disable=SC2046  # the flags are several words
  "${CC:-cc}" -std=c11 -O1 -g -Wall -Wextra -Werror "$here/examples/$name.c" -o "$programs/$name" \
    $(pkg-config --cflags --libs libcoap-2)
done

# aiocoap, of the version and with the hash that requirements.txt names, from PyPI; once for all runs.
venv="${AIOCOAP_VENV:-$here/build/aiocoap}"
wanted="$here/tests/interop/requirements.txt"
if ! cmp -s "$wanted" "$venv/installed.txt"; then
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$wanted"
  cp "$wanted" "$venv/installed.txt"
fi

exec python3 "$here/tests/interop/run.py" "$programs" "$venv/bin/python" "$@"
