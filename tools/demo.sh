#!/usr/bin/env bash
# The demonstration (`make demo`): builds the library and examples/put_block1_server.c, and lets the CoAP client that
# Debian ships put files to it, over the loopback interface. Says what it does and sees; ends with 0 only if all of it
# was as it should be. Cleans up after itself, whatever happens. Takes well under a minute once things are built.
#
#   TLS=1         over DTLS, with a pre-shared key
#   SERVER=path   demonstrate this server program instead of building one
#   CLIENT=path   the client to use (coap-client-notls, else -openssl, else coap-client; with TLS=1 coap-client-openssl)
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d "${TMPDIR:-/tmp}/libcoap-2-demo.XXXXXX")
server_pid=
client_pids=()

clean_up() {
  local pid
  for pid in "${client_pids[@]}" $server_pid; do
    kill "$pid" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

say() { printf '%s\n' "$*"; }
ok() { printf '   ok: %s\n' "$*"; }
fail() {
  printf '   FAILED: %s\n' "$*"
  if [ -s "$work/server.log" ]; then
    printf '   the last lines of the server:\n'
    tail -n 15 "$work/server.log" | sed 's/^/     /'
  fi
  exit 1
}

# Waits until the server has said something that matches, looking at its lines after line $1: from pattern seconds
said() {
  local from=$1 pattern=$2 tries=$(($3 * 20))
  while ! tail -n +"$((from + 1))" "$work/server.log" | grep -q -- "$pattern"; do
    [ "$((tries--))" -gt 0 ] || return 1
    kill -0 "$server_pid" 2>/dev/null || return 1
    sleep 0.05
  done
}

lines() { wc -l <"$work/server.log"; }

start_server() { # options
  : >"$work/server.log"
  # Whatever happens, it does not run for ever; a signal to stop is passed on, and waited for 10 seconds.
  timeout -k 10 300 "$server" -p 0 -A 127.0.0.1 "${server_key[@]}" "$@" >"$work/server.log" 2>&1 &
  server_pid=$!
  said 0 '^ready' 5 || fail "the server does not start"
  port=$(sed -n "s/^$transport port //p" "$work/server.log")
  uri="$scheme://127.0.0.1:$port/example_data"
}

stop_server() {
  local status=0
  kill -TERM "$server_pid"
  wait "$server_pid" || status=$?
  server_pid=
  [ "$status" = 0 ] || fail "the server ended with status $status"
  grep -q '^stopped' "$work/server.log" || fail "the server did not stop in order"
}

# Runs the client; it ends with 0 whatever the answer is, and prints the code of an error: so look at both.
request() { # name, then the client's arguments
  local name=$1
  shift
  timeout 30 "$client" "${client_key[@]}" -B 20 "$@" >"$work/$name.out" 2>"$work/$name.err" || return 1
  [ ! -s "$work/$name.err" ] && ! grep -qE '^[45]\.[0-9][0-9]' "$work/$name.out"
}

fetch() { # into a file
  rm -f "$1"
  request get -m get -o "$1" "$uri" && [ -f "$1" ]
}

# ---------------------------------------------------------------------------------------------------------------------

library=libcoap-2 transport=UDP scheme=coap server_key=() client_key=()
clients=(coap-client-notls coap-client-openssl coap-client)
if [ -n "${TLS:-}" ]; then
  library=libcoap-2-openssl transport=DTLS scheme=coaps
  server_key=(-k "the key of the demonstration") client_key=(-u demonstration "${server_key[@]}")
  clients=(coap-client-openssl)
fi

started=$SECONDS
if [ -z "${SERVER:-}" ]; then
  say "Building the library, and examples/put_block1_server.c with it."
  make install PREFIX="$work/prefix" >"$work/build.log" 2>&1 ||
    { tail -n 30 "$work/build.log"; fail "the library does not build"; }
  pkgconfig=$work/prefix/lib/pkgconfig
  flags=$(PKG_CONFIG_PATH="$pkgconfig" pkg-config --cflags --libs $library)
  # shellcheck disable=SC2086  # the flags are several words
  "${CC:-cc}" -std=c11 -O2 -Wall -Wextra examples/put_block1_server.c $flags \
    "-Wl,-rpath,$(dirname "$pkgconfig")" -o "$work/put_block1_server"
  SERVER=$work/put_block1_server
fi
server=$SERVER
client=${CLIENT:-}
for candidate in "${clients[@]}"; do
  [ -n "$client" ] || client=$(command -v "$candidate" || true)
done
[ -n "$client" ] || fail "no CoAP client found (Debian package libcoap3-bin)"

head -c 50000 /dev/urandom >"$work/file"
head -c 50000 /dev/urandom >"$work/one"
head -c 50000 /dev/urandom >"$work/other"

start_server -i 2
say "The server listens on $transport port $port; the client is $client."
if [ -n "${TLS:-}" ]; then
  timeout 30 "$client" -k "another key" -u demonstration -B 3 -m put -e intruder "$uri" >/dev/null 2>&1 || true
  if grep -q '^event DTLS_CONNECTED' "$work/server.log"; then fail "the server accepts another key"; fi
  ok "a client with another key does not get in"
fi
say

say "1. One client puts 50,000 bytes, and gets them back."
for size in 64 256 1024; do
  before=$(lines)
  request put -m put -b "$size" -t 42 -f "$work/file" "$uri" || fail "PUT in blocks of $size: $(cat "$work"/put.*)"
  said "$before" '^entry finished: 50000 bytes' 2 || fail "the server did not see the body end"
  fetch "$work/back" || fail "GET: $(cat "$work"/get.*)"
  cmp "$work/file" "$work/back" || fail "what came back is not what was put"
  ok "blocks of $size bytes: PUT succeeds, GET gives the same bytes"
  request delete -m delete "$uri" || fail "DELETE"
done
say

say "2. Two clients put different bytes to the same path at the same time, in blocks of 16."
for attempt in 1 2 3; do
  before=$(lines)
  request one -m put -b 16 -f "$work/one" "$uri" &
  first=$!
  request other -m put -b 16 -f "$work/other" "$uri" &
  second=$!
  client_pids=("$first" "$second")
  wait "$first" || fail "the first client: $(cat "$work"/one.*)"
  wait "$second" || fail "the second client: $(cat "$work"/other.*)"
  client_pids=()
  order=$(tail -n +"$((before + 1))" "$work/server.log" | sed -n 's/^entry \(made\|finished\).*/\1/p' | tr '\n' ' ')
  [ "$order" != "made made finished finished " ] || break
  [ "$attempt" != 3 ] || fail "the transfers never overlapped: $order"
done
fetch "$work/back" || fail "GET: $(cat "$work"/get.*)"
if cmp -s "$work/one" "$work/back"; then
  ok "both succeed, both were under way at once, and the first one's bytes are stored, unmixed"
elif cmp -s "$work/other" "$work/back"; then
  ok "both succeed, both were under way at once, and the second one's bytes are stored, unmixed"
else
  fail "the stored bytes are neither the first client's nor the second one's"
fi
say

say "3. A client falls silent in the middle (all it sends from its 101st datagram on is lost)."
before=$(lines)
cp "$work/back" "$work/stored"
"$client" "${client_key[@]}" -B 20 -l 101-65535 -m put -b 64 -f "$work/file" "$uri" >/dev/null 2>&1 &
broken=$!
client_pids=("$broken")
said "$before" '^entry made' 5 || fail "the transfer did not begin"
sleep 0.5
kill "$broken" 2>/dev/null || true
wait "$broken" 2>/dev/null || true
client_pids=()
if tail -n +"$((before + 1))" "$work/server.log" | grep -q '^entry finished'; then
  fail "the transfer was not broken off"
fi
said "$before" '^entry expired' 5 || fail "the entry does not idle out"
ok "after 2 seconds of silence: $(tail -n +"$((before + 1))" "$work/server.log" | grep '^entry expired')"
fetch "$work/back" || fail "GET: $(cat "$work"/get.*)"
cmp "$work/stored" "$work/back" || fail "the broken-off transfer has changed what is stored"
ok "what was stored before is still there"
request put -m put -b 64 -f "$work/file" "$uri" || fail "PUT after the broken one"
fetch "$work/back" || fail "GET: $(cat "$work"/get.*)"
cmp "$work/file" "$work/back" || fail "PUT after the broken one stored something else"
ok "and the next PUT succeeds"
if [ -n "${TLS:-}" ] && ! grep -q '^event DTLS_CONNECTED' "$work/server.log"; then fail "that was not over DTLS"; fi
stop_server
ok "the server stops and frees everything"
say

say "4. The same with the library putting the bodies together (block mode 3)."
start_server -m 3
for size in 64 1024; do
  request put -m put -b "$size" -f "$work/file" "$uri" || fail "PUT in blocks of $size: $(cat "$work"/put.*)"
  fetch "$work/back" || fail "GET: $(cat "$work"/get.*)"
  cmp "$work/file" "$work/back" || fail "what came back is not what was put"
  ok "blocks of $size bytes: PUT succeeds, GET gives the same bytes"
done
stop_server
say
say "All as it should be, in $((SECONDS - started)) seconds."
