#!/bin/bash
# link_check.sh ROOT PREFIX: links a small program with the libraries installed below ROOT, under each of their five
# names and in each of the ways that README.md shows, and runs it; and looks at what an installation has to look like.
set -euo pipefail
cd "$(dirname "$0")/.."
root="$1" prefix="$2"
lib="$root$prefix/lib"
export PKG_CONFIG_PATH="$lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$root"
unset LIBCOAP2 LD_LIBRARY_PATH
names="libcoap-2 libcoap-2-openssl libcoap-2-gnutls libcoap-2-mbedtls libcoap-2-tinydtls"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAIL $*"
  exit 1
}

# Uses the library, and says which it is.
cat >"$work/program.c" <<'END'
#include <coap2/coap.h>
#include <stdio.h>

int main(void) {
  coap_context_t *context;

  coap_startup();
  context = coap_new_context(NULL);
  if (!context || coap_can_exit(context) != 1)
    return 1;
  printf("type %d, DTLS %d, TLS %d\n", (int)coap_get_tls_library_version()->type, coap_dtls_is_supported(),
         coap_tls_is_supported());
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
END
cp "$work/program.c" "$work/program.cpp"

# The same, not linked with the library, but loading the files that it is told one after another; their functions are
# the same ones if there is one copy of the code.
cat >"$work/loader.c" <<'END'
#include <coap2/coap.h>
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **files) {
  void *first = NULL, *libraries[8];

  for (int i = 1; i < count; i++) {
    void *library = libraries[i] = dlopen(files[i], RTLD_NOW | RTLD_LOCAL);
    coap_context_t *(*new_context)(const coap_address_t *);
    void (*free_context)(coap_context_t *);
    coap_tls_version_t *(*version)(void);
    int (*dtls)(void), (*tls)(void);

    if (!library) {
      fprintf(stderr, "%s\n", dlerror());
      return 1;
    }
    *(void **)&new_context = dlsym(library, "coap_new_context");
    *(void **)&free_context = dlsym(library, "coap_free_context");
    *(void **)&version = dlsym(library, "coap_get_tls_library_version");
    *(void **)&dtls = dlsym(library, "coap_dtls_is_supported");
    *(void **)&tls = dlsym(library, "coap_tls_is_supported");
    if (!new_context || !free_context || !version || !dtls || !tls)
      return 1;
    coap_context_t *context = new_context(NULL);
    if (!context)
      return 1;
    free_context(context);
    if (first && first != *(void **)&new_context) {
      fprintf(stderr, "another copy in %s\n", files[i]);
      return 1;
    }
    first = *(void **)&new_context;
    if (i == count - 1)
      printf("type %d, DTLS %d, TLS %d\n", (int)version()->type, dtls(), tls());
  }
  /* Not before: the next one might come to stand elsewhere. */
  for (int i = 1; i < count; i++)
    dlclose(libraries[i]);
  return 0;
}
END

says_it_is() { # notls|openssl what, then the command of a program that says so
  local build="$1" what="$2" said wanted="type 0, DTLS 0, TLS 0"
  shift 2
  if [ "$build" = openssl ]; then wanted="type 2, DTLS 1, TLS 1"; fi
  said="$(timeout -k 5 30 "$@" 2>&1)" || fail "$what: fails: $said"
  [ "$said" = "$wanted" ] || fail "$what: is \"$said\", not \"$wanted\""
}

link() { # what, then a command that makes the program $work/program
  local what="$1"
  shift
  "$@" -Wall -Wextra -Werror -o "$work/program" >"$work/out" 2>&1 || { cat "$work/out"; fail "$what: does not link"; }
}

asks_for() { # soname what: of $work/program
  readelf -d "$work/program" | grep 'NEEDED' | grep -F "[$1]" >/dev/null || fail "$2: does not ask for $1"
}

check_name() { # name of a library, and notls|openssl: what it is
  local name="$1" build="$2" cflags libs static_libs more=""
  cflags="$(pkg-config --cflags "$name")"
  libs="$(pkg-config --libs "$name")"
  static_libs="$(pkg-config --static --libs "$name")"
  if [ "$build" = openssl ]; then more="-lssl -lcrypto"; fi

  # shellcheck disable=SC2086  # the flags are several words
  {
    link "$name by pkg-config" "${CC:-cc}" -std=c11 $cflags "$work/program.c" $libs
    asks_for "$name.so.3" "$name by pkg-config"
    says_it_is "$build" "$name by pkg-config" env LD_LIBRARY_PATH="$lib" "$work/program"

    # What programs find by a path of their own finds the rest itself.
    link "$name with a path" "${CC:-cc}" -std=c11 $cflags "$work/program.c" -Wl,--as-needed $libs "-Wl,-rpath,$lib"
    says_it_is "$build" "$name with a path" "$work/program"

    link "$name in C++" "${CXX:-c++}" -std=c++11 $cflags "$work/program.cpp" $libs "-Wl,-rpath,$lib"
    says_it_is "$build" "$name in C++" "$work/program"

    link "$name inside the program" "${CC:-cc}" -std=c11 $cflags "$work/program.c" "$lib/$name.a" $more
    if readelf -d "$work/program" | grep 'libcoap-2' >/dev/null; then fail "$name inside the program: is not"; fi
    says_it_is "$build" "$name inside the program" "$work/program"

    link "$name all static" "${CC:-cc}" -std=c11 -static $cflags "$work/program.c" $static_libs
    says_it_is "$build" "$name all static" "$work/program"

    "${CC:-cc}" -std=c11 -Wall -Wextra -Werror $cflags "$work/loader.c" -ldl -o "$work/loader"
  }
  says_it_is "$build" "$name loaded" env LD_LIBRARY_PATH="$lib" "$work/loader" "$name.so.3"
  says_it_is "$build" "$name loaded by path" "$work/loader" "$lib/$name.so"
  echo "ok   $name: linked by pkg-config, in C++, inside the program, all static; and loaded"
}

check_name libcoap-2 notls
for name in $names; do [ "$name" = libcoap-2 ] || check_name "$name" openssl; done

# shellcheck disable=SC2046  # the flags are several words
link "several names" "${CC:-cc}" -std=c11 $(pkg-config --cflags libcoap-2) "$work/program.c" "-Wl,-rpath,$lib" \
  -Wl,--no-as-needed $(pkg-config --libs libcoap-2-gnutls libcoap-2-openssl libcoap-2-mbedtls)
says_it_is openssl "several names" "$work/program"
for first in gnutls openssl; do
  for second in openssl gnutls tinydtls; do
    says_it_is openssl "$first, then $second" \
      env LD_LIBRARY_PATH="$lib" "$work/loader" "libcoap-2-$first.so.3" "libcoap-2-$second.so.3"
  done
done
echo "ok   several names with TLS in one program are one copy of the library"

# ldconfig goes by what the files say they are.
ldconfig="$(PATH="$PATH:/sbin:/usr/sbin" command -v ldconfig)" || fail "there is no ldconfig"
echo "$lib" >"$work/ld.so.conf"
"$ldconfig" -X -f "$work/ld.so.conf" -C "$work/ld.so.cache"
"$ldconfig" -p -C "$work/ld.so.cache" >"$work/out"
for name in $names; do
  grep -qF "$name.so.3 " "$work/out" || fail "ldconfig does not know $name.so.3"
done
echo "ok   ldconfig knows all of them"

# Exactly these files, whatever directories the distribution wants; and none after uninstalling.
installed() { (cd "$work/dest" && find . ! -type d | LC_ALL=C sort); }
wanted="$(
  {
    for header in include/coap2/*.h; do echo "./i/coap2/${header##*/}"; done
    for name in $names; do
      printf './l/%s\n' "$name.a" "$name.so" "$name.so.3" "$name.so.3.0.0" "pkgconfig/$name.pc"
    done
  } | LC_ALL=C sort
)"
make_there() { make --no-print-directory -s "$@" DESTDIR="$work/dest" PREFIX=/p LIBDIR=/l INCLUDEDIR=/i; }
for plain in notls openssl; do
  make_there install "LIBCOAP2=$plain"
  diff <(echo "$wanted") <(installed) || fail "make install has other files (>) than it should have (<)"
  for name in $names; do
    grep -qx 'libdir=/l' "$work/dest/l/pkgconfig/$name.pc" || fail "$name.pc does not follow LIBDIR"
    grep -qx 'includedir=/i' "$work/dest/l/pkgconfig/$name.pc" || fail "$name.pc does not follow INCLUDEDIR"
    needs="$(PKG_CONFIG_PATH="$work/dest/l/pkgconfig" pkg-config --libs --static "$name" | grep -c -- '-lssl' || true)"
    case "$plain $name" in "notls libcoap-2") wanted_needs=0 ;; *) wanted_needs=1 ;; esac
    [ "$needs" = "$wanted_needs" ] || fail "$name.pc with LIBCOAP2=$plain: -lssl is there or not, but wrongly so"
    says_it_is "$([ $wanted_needs = 0 ] && echo notls || echo openssl)" "$name with LIBCOAP2=$plain" \
      "$work/loader" "$work/dest/l/$name.so.3"
  done
  make_there uninstall "LIBCOAP2=$plain"
  [ -z "$(installed)" ] || fail "make uninstall leaves $(installed)"
done
echo "ok   installed where DESTDIR, PREFIX, LIBDIR and INCLUDEDIR say, with plain libcoap-2 as LIBCOAP2 says"

for wrong in gnutls OpenSSL "notls openssl"; do
  if make_there -n install "LIBCOAP2=$wrong" >"$work/out" 2>&1; then fail "LIBCOAP2=\"$wrong\" is accepted"; fi
  grep -q 'LIBCOAP2' "$work/out" || fail "LIBCOAP2=\"$wrong\": the error does not say what is wrong"
done
echo "ok   LIBCOAP2 has no other values"
