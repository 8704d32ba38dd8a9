#!/bin/bash
# Compiles each public header on its own (rows H1, H2 of docs/spec/headers.md), and the programs of tests/headers, each
# of which looks at one of the other rows without needing the library.
# shellcheck disable=SC2086  # compilers and flags are several words
set -uo pipefail
cd "$(dirname "$0")/.." || exit
failed=0
warn="-Wall -Wextra -pedantic -Werror"

try() { # what, then a compiler command that reads a program from standard input
  local what="$1" text
  shift
  if ! text="$("$@" -x "$language" - 2>&1)"; then
    echo "FAIL $what: $*"
    printf '%s\n' "$text" | head -10
    failed=$((failed + 1))
  fi
}

for path in include/coap2/*.h; do
  header="$(basename "$path")"
  program="$(printf '#include <coap2/%s>\n#include <coap2/%s>\nint headers_check;\n' "$header" "$header")"
  language=c
  for std in c99 c11 gnu11; do
    try "$header" ${CC:-cc} -std=$std $warn -fsyntax-only -Iinclude <<<"$program"
  done
  # Strict C89 has neither inline nor variadic macros.
  try "$header" ${CC:-cc} -std=gnu89 -Wall -Wextra -Werror -fsyntax-only -Iinclude <<<"$program"
  try "$header" ${CC:-cc} -std=c11 $warn -fsyntax-only -DHAVE_SYSLOG_H -DCOAP_EPOLL_SUPPORT -Iinclude <<<"$program"
  language=c++
  for std in c++98 c++11 c++17; do
    # C++98 knows neither long long nor variadic macros; g++ does.
    try "$header" ${CXX:-c++} -std=$std $warn -Wno-long-long -Wno-variadic-macros -fsyntax-only -Iinclude <<<"$program"
  done
  # H2: nothing is declared with a mangled name.
  if [ "$header" != coap.h ] && grep -qE '^[a-z].*\(.*\);$' "$path" && ! grep -q 'extern "C"' "$path"; then
    echo "FAIL $header: no extern \"C\""
    failed=$((failed + 1))
  fi
done

# The headers read as if written by hand.
if grep -nE 'TODO|crate::|[^-]\bNone\b|\bSome\(|Option<|MaybeUninit|Cell<|r#|//@|^ \* # |`' include/coap2/*.h; then
  echo "FAIL include/coap2: these lines show where they come from"
  failed=$((failed + 1))
fi
if grep -nE '.{121}' include/coap2/*.h || LC_ALL=C grep -nP '[^\x00-\x7f]' include/coap2/*.h; then
  echo "FAIL include/coap2: these lines are wider than 120 characters, or not ASCII"
  failed=$((failed + 1))
fi

for source in tests/headers/*; do
  case "$source" in
  *.c) language=c compiler="${CC:-cc} -std=gnu11" ;;
  *.cpp) language=c++ compiler="${CXX:-c++} -std=c++11" ;;
  *) continue ;;
  esac
  flags="$(sed -n 's,^/\* flags: \(.*\) \*/$,\1,p' "$source")"
  program="$(mktemp)"
  # Functions that the library would bring are left out by the linker as long as nothing calls them.
  if ! text="$($compiler -O1 -Wall -Wextra -Werror $flags -Iinclude -Ic-tests "$source" -o "$program" 2>&1 && "$program" 2>&1)"; then
    echo "FAIL $source"
    printf '%s\n' "$text" | head -20
    failed=$((failed + 1))
  fi
  rm -f "$program"
done

[ "$failed" = 0 ] && echo "headers: each compiles alone, in C and in C++; programs of tests/headers pass"
[ "$failed" = 0 ]
