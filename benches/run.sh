#!/usr/bin/env bash
# The benchmarks (`make bench`): the same C programs built with our library and with Debian's libcoap3, run in turn,
# round by round, so that whatever else the machine does hits both alike. Prints a table for each pair of builds:
#
#     our build without TLS    against    libcoap-3-notls
#     our build with OpenSSL   against    libcoap-3-openssl      (if there is a directory build-openssl)
#
#   COAP2_PREFIX=dir  where our library is installed, for the first pair alone (else it is built, and installed into a
#                     temporary directory)
#   ROUNDS=n          rounds (5);  MOST=n  largest table (1000000);  REQUESTS=n  requests per load run (50000)
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${ROUNDS:-5} most=${MOST:-1000000} requests=${REQUESTS:-50000}
cc=${CC:-cc}
work=$(mktemp -d "${TMPDIR:-/tmp}/libcoap-2-bench.XXXXXX")
server_pid=
clean_up() {
  [ -z "$server_pid" ] || kill "$server_pid" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# Builds our library and installs it below $work/$1; leaves in $pkgconfig where its pkg-config file is.
install() { # directory, features
  { make FEATURES="$2" && make install FEATURES="$2" PREFIX="$work/$1"; } >"$work/build.log" 2>&1 || {
    tail -n 30 "$work/build.log"
    echo "the library does not build"
    exit 1
  }
  pkgconfig=$work/$1/lib/pkgconfig
}

"$cc" -std=c11 -O2 -Wall -Wextra benches/load.c -o "$work/load"

build() { # name of theirs
  local program
  for program in cache server; do
    # shellcheck disable=SC2046  # the flags are several words
    "$cc" -std=c11 -O2 -Wall -Wextra "benches/$program.c" \
      $(PKG_CONFIG_PATH="$pkgconfig" pkg-config --cflags --libs libcoap-2) "-Wl,-rpath,$(dirname "$pkgconfig")" \
      -o "$work/$program-ours"
    # shellcheck disable=SC2046
    "$cc" -std=c11 -O2 -Wall -Wextra -DCOAP3 "benches/$program.c" $(pkg-config --cflags --libs "$1") \
      -o "$work/$program-theirs"
  done
}

# The processor time that a process has used, in hundredths of a second.
used() {
  awk '{ print $14 + $15 }' "/proc/$1/stat"
}

# Answers per second of one server, with 8 and with 64 requests outstanding: the best of three runs, because what else
# the machine does can only make it slower. And the server's processor time for an answer, in nanoseconds.
load() { # ours | theirs
  local port=$((20000 + RANDOM % 20000)) sockets before tries=100
  : >"$work/ready"
  "$work/server-$1" "$port" >"$work/ready" &
  server_pid=$!
  until grep -q ready "$work/ready" || [ "$((tries--))" = 0 ]; do sleep 0.02; done
  for sockets in 8 64; do
    before=$(used "$server_pid")
    for _ in 1 2 3; do
      "$work/load" "$port" "$sockets" "$requests" 2
    done >"$work/loads"
    grep per-second "$work/loads" | sort -n -k 3 | tail -n 1
    awk -v sockets="$sockets" -v time=$(($(used "$server_pid") - before)) '
      $1 == "answers" { answers += $3 }
      END { print "processor-time", sockets, time * 1e7 / answers }' "$work/loads"
  done
  kill "$server_pid"
  wait "$server_pid" 2>/dev/null || true
  server_pid=
}

compare() { # what ours is, name of theirs
  local round who order
  build "$2"
  : >"$work/results"
  for round in $(seq "$rounds"); do
    order="ours theirs"
    [ $((round % 2)) = 1 ] || order="theirs ours"
    for who in $order; do
      { "$work/cache-$who" "$most" && load "$who"; } | sed "s/^/$round $who /" >>"$work/results"
    done
  done
  echo "Ours ($1) against $2 (theirs), medians of $rounds rounds:"
  echo
  python3 benches/table.py <"$work/results"
  echo
}

if [ -n "${COAP2_PREFIX:-}" ]; then
  pkgconfig=$(find "$COAP2_PREFIX" -type d -name pkgconfig | head -n 1)
  compare "in $COAP2_PREFIX" libcoap-3-notls
  exit
fi
install plain ""
compare "plain build" libcoap-3-notls
if [ -d build-openssl ] && pkg-config --exists libcoap-3-openssl; then
  install openssl openssl
  compare "build with OpenSSL" libcoap-3-openssl
fi
