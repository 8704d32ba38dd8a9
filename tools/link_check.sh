#!/bin/bash
# link_check.sh ROOT PREFIX: links a small program with the library installed below ROOT in each of the ways that
# README.md shows, in C and in C++, and runs it; and looks at what an installation has to look like.
set -euo pipefail
cd "$(dirname "$0")/.."
root="$1" prefix="$2"
export PKG_CONFIG_PATH="$root$prefix/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAIL $*"
  exit 1
}

cat >"$work/program.c" <<'END'
#include <coap2/coap.h>

int main(void) {
  coap_context_t *context;

  coap_startup();
  context = coap_new_context(NULL);
  if (!context || coap_can_exit(context) != 1)
    return 1;
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
END
cp "$work/program.c" "$work/program.cpp"

cflags="$(pkg-config --cflags libcoap-2)"
libs="$(pkg-config --libs libcoap-2)"
static_libs="$(pkg-config --static --libs libcoap-2)"
archive="$root$prefix/lib/libcoap-2.a"

link() { # how, then the command that makes $work/program
  local how="$1"
  shift
  "$@" -Wall -Wextra -Werror -o "$work/program" >"$work/out" 2>&1 || { cat "$work/out"; fail "linking $how"; }
  LD_LIBRARY_PATH="$root$prefix/lib" timeout -k 5 30 "$work/program" || fail "the program linked $how fails"
  echo "ok   linked $how"
}

# shellcheck disable=SC2086  # the flags are several words
{
  link "by pkg-config" "${CC:-cc}" -std=c11 $cflags "$work/program.c" $libs
  readelf -d "$work/program" | grep -q 'NEEDED.*\[libcoap-2\.so\.3\]' || fail "the program does not ask for libcoap-2.so.3"
  link "by pkg-config, in C++" "${CXX:-c++}" -std=c++11 $cflags "$work/program.cpp" $libs
  link "with the library inside" "${CC:-cc}" -std=c11 $cflags "$work/program.c" "$archive"
  link "all static" "${CC:-cc}" -std=c11 -static $cflags "$work/program.c" $static_libs
}

# Exactly these files, whatever directories the distribution wants.
make --no-print-directory -s install DESTDIR="$work/dest" PREFIX=/p LIBDIR=/l INCLUDEDIR=/i FEATURES="${FEATURES:-}"
(cd "$work/dest" && find . ! -type d | LC_ALL=C sort) >"$work/installed"
{
  for header in include/coap2/*.h; do echo "./i/coap2/${header##*/}"; done
  printf './l/%s\n' libcoap-2.a libcoap-2.so libcoap-2.so.3 libcoap-2.so.3.0.0 pkgconfig/libcoap-2.pc
} | LC_ALL=C sort | diff - "$work/installed" || fail "make install has other files (>) than it should have (<)"
grep -qx 'libdir=/l' "$work/dest/l/pkgconfig/libcoap-2.pc" || fail "libcoap-2.pc does not follow LIBDIR"
grep -qx 'includedir=/i' "$work/dest/l/pkgconfig/libcoap-2.pc" || fail "libcoap-2.pc does not follow INCLUDEDIR"
echo "ok   installed where DESTDIR, PREFIX, LIBDIR and INCLUDEDIR say"
