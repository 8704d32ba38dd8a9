#!/bin/bash
# c_programs.sh ROOT PREFIX: compiles the C programs of c-tests and examples against a library installed below ROOT,
# and runs those of c-tests, then again under valgrind. Prints a line for each and "N passed, N failed" at the end.
#
# A program of c-tests may say in a comment of its own line:
#   /* flags: -DCOAP_EPOLL_SUPPORT */   further flags for the compiler and linker, after the library's
#   /* no valgrind: reason */           not to be run under valgrind
#   /* no sanitizer: reason */          not to be compiled with sanitizers (nor are those that are static, or have a
#                                       malloc() or free() of their own)
#   /* only: openssl */                 only to be run with the build that has (D)TLS; or "notls": with the one without
#
# BUILD=openssl: the library is the build with (D)TLS. BUILD=notls, the default: it is the one without.
# NO_VALGRIND=1: no program is run under valgrind; NO_VALGRIND=shared: none that runs with the other build, too.
# SANITIZE=1: instead of all that, the programs (not the library) are compiled with AddressSanitizer and
# UndefinedBehaviorSanitizer, and run once: it sees the library's heap, and the programs' stacks.
# ONLY=pattern: only programs whose name matches. JOBS: how many at a time.
set -uo pipefail
here="$(cd "$(dirname "$0")/.." && pwd)"
root="$1" prefix="$2" build="${BUILD:-notls}"
case "$build" in
notls) library=libcoap-2 ;;
openssl) library=libcoap-2-openssl ;;
*) echo "c_programs.sh: BUILD is notls or openssl" >&2; exit 1 ;;
esac
export PKG_CONFIG_PATH="$root$prefix/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root" LD_LIBRARY_PATH="$root$prefix/lib"
export LC_ALL=C.UTF-8

# Deprecated functions are tested, too, so calling them is no error. With sanitizers gcc warns of more, rightly or not.
if [ -n "${SANITIZE:-}" ]; then
  compiler_flags="-w -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
else
  compiler_flags="-Wall -Wextra -Werror -Wno-deprecated-declarations"
fi
compile() { # source output
  local flags static=""
  flags="$(sed -n 's,^/\* flags: \(.*\) \*/$,\1,p' "$1")"
  case "$flags" in *-static*) static=--static ;; esac
  # shellcheck disable=SC2046,SC2086
  ${CC:-cc} -std=gnu11 -O1 -g $compiler_flags -I"$here/c-tests" "$1" -o "$2" \
    $(pkg-config $static --cflags --libs "$library") $flags >"$2.out" 2>&1
}

report() { # result name how output-file
  printf '%-4s %s%s\n' "$1" "$2" "$3"
  if [ "$1" != ok ]; then sed 's/^/     /' "$4" | tail -40; fi
}

# Why a program is left out, as its marker of this name says.
reason_for_no() { # valgrind|sanitizer source
  sed -n "s,^/\* no $1: \(.*\) \*/\$,\1,p" "$2"
}

# One program: compile, run, run under valgrind.
one() {
  local source="$1" name work reason only
  name="$(basename "$source" .c)"
  only="$(sed -n 's,^/\* only: \(.*\) \*/$,\1,p' "$source")"
  case "$only" in
  "" | "$build") ;;
  notls | openssl) report ok "$name" " (not with this build: only $only)" /dev/null; return 0 ;;
  *) report FAIL "$name" " (unknown marker: only: $only)" /dev/null; return 1 ;;
  esac
  work="$root/c-programs-$build/$name"
  mkdir -p "$work"
  cd "$work" || return 1
  if [ -n "${SANITIZE:-}" ]; then
    reason="$(reason_for_no sanitizer "$source")"
    if grep -qE '^(malloc|free)\(|^#include "allocation.h"' "$source"; then reason="it has its own allocator"; fi
    if grep -q '^/\* flags:.*-static' "$source"; then reason="it is static"; fi
    if [ -n "$reason" ]; then report ok "$name" " (not with sanitizers: $reason)" /dev/null; return 0; fi
  fi
  if ! compile "$source" ./program; then report FAIL "$name" " (compile)" program.out; return 1; fi
  if [ "$(basename "$(dirname "$source")")" = examples ]; then report ok "$name" " (compiles)" /dev/null; return 0; fi
  timeout -k 5 "${TIMEOUT:-60}" ./program </dev/null >plain.out 2>&1
  local result=$?
  # The door turns a panic of the library into an error value, which a program may take for an ordinary one.
  if [ $result != 0 ] || grep -q 'panicked at' plain.out; then
    echo "exit status $result" >>plain.out
    report FAIL "$name" "" plain.out
    return 1
  fi
  if [ -n "${SANITIZE:-}${NO_VALGRIND:-}" ] && [ "${NO_VALGRIND:-}${only:+ only}" != "shared only" ]; then
    report ok "$name" "${SANITIZE:+ (with sanitizers)}" /dev/null
    return 0
  fi
  reason="$(reason_for_no valgrind "$source")"
  if [ -n "$reason" ]; then report ok "$name" " (not under valgrind: $reason)" /dev/null; return 0; fi
  # Without the processor's instructions for cryptography OpenSSL is much faster under valgrind.
  OPENSSL_ia32cap=0 timeout -k 5 "${VALGRIND_TIMEOUT:-300}" valgrind -q --error-exitcode=99 --leak-check=full \
    --errors-for-leak-kinds=definite,possible --show-leak-kinds=definite,possible \
    ./program </dev/null >valgrind.out 2>&1
  result=$?
  if [ $result != 0 ]; then
    echo "exit status $result" >>valgrind.out
    report FAIL "$name" " (valgrind)" valgrind.out
    return 1
  fi
  report ok "$name" " (and under valgrind)" /dev/null
}

if [ $# = 3 ]; then
  # Collected, so that the lines of programs running at the same time do not mix.
  text="$(one "$3")"
  result=$?
  printf '%s\n' "$text"
  exit $result
fi

list="$(find "$here/c-tests" "$here/examples" -maxdepth 1 -name '*.c' 2>/dev/null | sort | grep -E "${ONLY:-.}")"
results="$root/c-programs-$build.txt"
printf '%s\n' "$list" | grep . | xargs -r -d '\n' -n 1 -P "${JOBS:-2}" "$0" "$root" "$prefix" | tee "$results"
passed="$(grep -c '^ok ' "$results")"
failed="$(grep -c '^FAIL ' "$results")"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
