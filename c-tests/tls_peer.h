/* Peers over TLS, of one's own making: OpenSSL with a pre-shared key over bytes in memory, on a raw socket of
 * stream_peer.h. So a test decides which records share a segment, where they are cut, and which are spoiled.
 *
 *     struct tls peer;
 *
 *     tls_server(&server);                          // the server listens over TLS; its key is TLS_KEY
 *     record(server.context);
 *     tls_open(&peer, &server, TLS1_3_VERSION);     // connects, and has not said anything
 *     EXPECT(tls_handshake(&peer));
 *     tls_hex(&peer, CSM "61 01 74 b5 70726f6265");
 *     EXPECT_PLAIN(&peer, CSM "61 45 74 ff 616c697665");
 *     tls_close(&peer);
 *
 * For sessions of clients: stream_listen(), tls_client(), tls_accept(). Between tls_hold() and tls_send() nothing leaves.
 * Needs "flags: -lssl -lcrypto".
 */
#ifndef TLS_PEER_H
#define TLS_PEER_H

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "stream_peer.h"

#define TLS_KEY "a key of the tests"

struct tls {
  struct stream stream;
  SSL_CTX *ctx;
  SSL *ssl;
  BIO *in, *out;
  const char *key;
  size_t cut;          /* segments are this long; 0: as they come */
  size_t first_cut;    /* the same for the first of each flight */
  int held;            /* what is to be sent waits */
};

static inline unsigned int
tls_client_key(SSL *ssl, const char *hint, char *identity, unsigned int identity_room, unsigned char *key,
               unsigned int room) {
  struct tls *tls = SSL_get_app_data(ssl);
  size_t length = strlen(tls->key);

  (void)hint;
  snprintf(identity, identity_room, "peer");
  if (length > room)
    return 0;
  memcpy(key, tls->key, length);
  return (unsigned int)length;
}

static inline unsigned int
tls_server_key(SSL *ssl, const char *identity, unsigned char *key, unsigned int room) {
  char unused[8];

  (void)identity;
  return tls_client_key(ssl, NULL, unused, sizeof(unused), key, room);
}

static inline void
tls_init(struct tls *tls, int version, int is_server) {
  tls->ctx = SSL_CTX_new(TLS_method());
  tls->key = TLS_KEY;
  tls->cut = tls->first_cut = 0;
  tls->held = 0;
  SSL_CTX_set_min_proto_version(tls->ctx, version);
  SSL_CTX_set_max_proto_version(tls->ctx, version);
  SSL_CTX_set_cipher_list(tls->ctx, "PSK");
  SSL_CTX_set_num_tickets(tls->ctx, 0);
  SSL_CTX_set_max_early_data(tls->ctx, 0);
  tls->ssl = SSL_new(tls->ctx);
  SSL_set_app_data(tls->ssl, tls);
  SSL_set_psk_client_callback(tls->ssl, tls_client_key);
  SSL_set_psk_server_callback(tls->ssl, tls_server_key);
  tls->in = BIO_new(BIO_s_mem());
  tls->out = BIO_new(BIO_s_mem());
  SSL_set_bio(tls->ssl, tls->in, tls->out);
  if (is_server)
    SSL_set_accept_state(tls->ssl);
  else
    SSL_set_connect_state(tls->ssl);
}

/* --- Our ends -------------------------------------------------------------------------------------------------------- */

/* Has the server listen over TLS. */
static inline void
tls_server(struct server *server) {
  coap_context_set_psk(server->context, "hint", (const uint8_t *)TLS_KEY, sizeof(TLS_KEY) - 1);
  stream_endpoint_for(server, COAP_PROTO_TLS);
}

/* A client session of ours. */
static inline coap_session_t *
tls_client(struct server *server, uint16_t port) {
  coap_address_t to;

  loopback_address(&to, port);
  return coap_new_client_session_psk(server->context, NULL, &to, COAP_PROTO_TLS, "ours", (const uint8_t *)TLS_KEY,
                                     sizeof(TLS_KEY) - 1);
}

/* --- Peers ------------------------------------------------------------------------------------------------------------ */

/* A client of the server, of this version of TLS. It has not said anything. */
static inline void
tls_open(struct tls *tls, struct server *server, int version) {
  tls_init(tls, version, 0);
  stream_open(&tls->stream, server);
}

/* Accepts the connection of a client session. */
static inline void
tls_accept(struct tls *tls, struct server *server, int listener, int version) {
  tls_init(tls, version, 1);
  stream_accept(&tls->stream, server, listener);
}

/* The connection over TCP ends, or has ended. */
static inline void
tls_close(struct tls *tls) {
  if (tls->stream.fd >= 0)
    stream_close(&tls->stream);
  SSL_free(tls->ssl);
  SSL_CTX_free(tls->ctx);
  ERR_clear_error();
}

/* Sends what is to be sent; the library is served after each segment. */
static inline int
tls_send(struct tls *tls) {
  static uint8_t bytes[1 << 17];
  size_t length, piece, from, first = tls->first_cut;
  int got;

  tls->held = 0;
  while ((got = BIO_read(tls->out, bytes, sizeof(bytes))) > 0) {
    length = (size_t)got;
    for (from = 0; from < length; from += piece) {
      piece = first ? first : tls->cut ? tls->cut : length - from;
      first = 0;
      if (piece > length - from)
        piece = length - from;
      if (!stream_write(&tls->stream, bytes + from, piece))
        return 0;
      if (from + piece < length)
        server_turn(tls->stream.server);
    }
  }
  return 1;
}

static inline void
tls_hold(struct tls *tls) {
  tls->held = 1;
}

/* Takes in what has come, for at most `ms` milliseconds if there is nothing; 0 at the end of the connection. */
static inline int
tls_take(struct tls *tls, long long ms) {
  uint8_t bytes[4096];
  ssize_t got = recv(tls->stream.fd, bytes, sizeof(bytes), MSG_DONTWAIT);

  if (got < 0 && errno == EAGAIN) {
    server_turn(tls->stream.server);
    got = recv(tls->stream.fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) {
      stream_wait(tls->stream.server, tls->stream.fd, POLLIN, ms);
      return 1;
    }
  }
  if (got <= 0)
    return 0;
  BIO_write(tls->in, bytes, (int)got);
  return 1;
}

/* Finishes the handshake on this side; 0 if that fails. */
static inline int
tls_handshake(struct tls *tls) {
  long long end = milliseconds() + PATIENCE;
  int result;

  while ((result = SSL_do_handshake(tls->ssl)) != 1 && milliseconds() < end) {
    if (SSL_get_error(tls->ssl, result) != SSL_ERROR_WANT_READ) {
      tls_send(tls);
      return 0;
    }
    if (!tls->held)
      tls_send(tls);
    if (!tls_take(tls, 100))
      return 0;
  }
  if (!tls->held)
    tls_send(tls);
  return result == 1;
}

static inline int
tls_write(struct tls *tls, const void *bytes, size_t length) {
  if (SSL_write(tls->ssl, bytes, (int)length) != (int)length)
    return 0;
  return tls->held || tls_send(tls);
}

static inline void
tls_hex(struct tls *tls, const char *hex) {
  struct datagram *d = malloc(sizeof(*d));

  datagram_hex(d, hex);
  EXPECT(tls_write(tls, d->bytes, d->length));
  free(d);
}

/* Reads up to `length` bytes of data, until so many have come or the connection has ended. How many, and why not more:
 * 0, or SSL_ERROR_ZERO_RETURN after a close_notify, SSL_ERROR_SSL after an alert, SSL_ERROR_SYSCALL at a bare end. */
static inline size_t
tls_read(struct tls *tls, uint8_t *bytes, size_t length, int *ended) {
  long long end = milliseconds() + PATIENCE;
  size_t have = 0;
  int got, error;

  *ended = 0;
  while (have < length && milliseconds() < end) {
    ERR_clear_error();
    got = SSL_read(tls->ssl, bytes + have, (int)(length - have));
    if (got > 0) {
      have += (size_t)got;
      continue;
    }
    error = SSL_get_error(tls->ssl, got);
    if (error != SSL_ERROR_WANT_READ) {
      *ended = error;
      break;
    }
    if (!tls->held)
      tls_send(tls);
    if (!tls_take(tls, 100)) {
      *ended = SSL_ERROR_SYSCALL;
      break;
    }
  }
  return have;
}

static inline void
expect_plain(const char *file, int line, struct tls *tls, const char *hex) {
  struct datagram *d = malloc(sizeof(*d));
  uint8_t *bytes = malloc(sizeof(d->bytes));
  int ended;
  size_t have;

  datagram_hex(d, hex);
  have = tls_read(tls, bytes, d->length, &ended);
  expect_made++;
  if (have != d->length || memcmp(bytes, d->bytes, have)) {
    expect_failed++;
    printf("%s:%d: expected the bytes ", file, line);
    print_bytes(d->bytes, d->length);
    printf("\n  got ");
    print_bytes(bytes, have);
    printf(" and %d\n", ended);
  }
  free(bytes);
  free(d);
}
#define EXPECT_PLAIN(tls, hex) expect_plain(__FILE__, __LINE__, tls, hex)

/* Expects the end of the connection in this way, and no data before it. */
static inline void
expect_tls_end(const char *file, int line, struct tls *tls, int wanted) {
  uint8_t byte;
  int ended;
  size_t have = tls_read(tls, &byte, 1, &ended);

  expect_made++;
  if (have || ended != wanted) {
    expect_failed++;
    printf("%s:%d: expected the end %d, got %zu bytes and %d\n", file, line, wanted, have, ended);
  }
}
#define EXPECT_TLS_END(tls, wanted) expect_tls_end(__FILE__, __LINE__, tls, wanted)

/* Tells the other side of an error, by a fatal alert: as if it had sent something that cannot be decrypted. */
static inline void
tls_alert(struct tls *tls) {
  static const uint8_t spoiled[] = {
    23, 3, 3, 0, 32, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
    28, 29, 30, 31, 32,
  };
  uint8_t byte;

  /* Behind what has come and not been read. */
  BIO_write(tls->in, spoiled, sizeof(spoiled));
  while (SSL_read(tls->ssl, &byte, 1) > 0)
    ;
  if (!tls->held)
    tls_send(tls);
}

#endif
