/* Peers over DTLS of one's own making: OpenSSL over datagrams in memory, on plain UDP sockets. What a peer wants sent is
 * kept, datagram by datagram, so that it can be lost, repeated, cut, put together or sent in another order.
 *
 *     struct dtls_world world;
 *     struct dtls_peer peer;
 *
 *     world_start(&world);                      // a server with an endpoint for DTLS, and the key "secret"
 *     dtls_open(&peer, &world, "secret");       // a client with this key; nothing is sent yet
 *     EXPECT(dtls_handshake(&peer));            // the whole handshake
 *     dtls_say(&peer, bytes, length);           // a record is made; dtls_post(&peer) sends it
 *     EXPECT(dtls_hear(&peer));                 // what the server says: peer.plain, peer.plain_length
 *     dtls_close(&peer);
 *     world_stop(&world);
 *
 * Needs -lssl -lcrypto. */
#ifndef DTLS_PEER_H
#define DTLS_PEER_H

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "peer.h"

#define KEY "secret"
#define MOST_DATAGRAMS 32

/* --- The world -------------------------------------------------------------------------------------------------- */

struct dtls_world {
  struct server server;
  coap_endpoint_t *endpoint;
  uint16_t port;
  int requests;
};

static int events[64], states[64], event_count;
static int nacks[64], nack_count;

static int
note_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  (void)context;
  if (event_count < 64) {
    states[event_count] = session ? (int)session->state : -1;
    events[event_count++] = (int)event;
  }
  return 0;
}

static void
note_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
          const coap_mid_t id) {
  (void)context, (void)session, (void)sent, (void)id;
  if (nack_count < 64)
    nacks[nack_count++] = (int)reason;
}

static inline void
forget_events(void) {
  event_count = nack_count = 0;
}

/* Expects exactly these events, ended by 0, since the last time, and forgets them. */
static inline void
expect_events(const char *file, int line, ...) {
  va_list list;
  int i = 0, wanted, good = 1;

  va_start(list, line);
  while ((wanted = va_arg(list, int)) != 0) {
    good &= i < event_count && events[i] == wanted;
    i++;
  }
  va_end(list);
  expect_made++;
  if (!good || i != event_count) {
    expect_failed++;
    printf("%s:%d: other events than expected:", file, line);
    for (i = 0; i < event_count; i++)
      printf(" %#x (state %d)", (unsigned int)events[i], states[i]);
    printf("\n");
  }
  event_count = 0;
}
#define EXPECT_EVENTS(...) expect_events(__FILE__, __LINE__, __VA_ARGS__, 0)
#define EXPECT_NO_EVENT() expect_events(__FILE__, __LINE__, 0)
/* DTLS_CLOSED is 0, which ends the list above. */
#define CLOSED_EVENT(i) (event_count > (i) && events[i] == COAP_EVENT_DTLS_CLOSED)

static inline uint16_t
port_of(coap_endpoint_t *endpoint) {
  const char *colon = endpoint ? strrchr(coap_endpoint_str(endpoint), ':') : NULL;

  if (!colon) {
    printf("the server does not start\n");
    exit(2);
  }
  return (uint16_t)strtoul(colon + 1, NULL, 10);
}

static inline void
world_start(struct dtls_world *world) {
  coap_address_t listen;

  memset(world, 0, sizeof(*world));
  server_start(&world->server);
  coap_context_set_psk(world->server.context, NULL, (const uint8_t *)KEY, sizeof(KEY) - 1);
  loopback_address(&listen, 0);
  world->endpoint = coap_new_endpoint(world->server.context, &listen, COAP_PROTO_DTLS);
  world->port = port_of(world->endpoint);
  coap_register_event_handler(world->server.context, note_event);
  coap_register_nack_handler(world->server.context, note_nack);
  forget_events();
}

static inline void
world_stop(struct dtls_world *world) {
  server_stop(&world->server);
}

/* --- A peer ----------------------------------------------------------------------------------------------------- */

struct dtls_datagram {
  size_t length;
  uint8_t bytes[2048];
};

struct dtls_peer {
  struct dtls_world *world;
  int fd;
  SSL_CTX *context;
  SSL *ssl;
  struct dtls_datagram out[MOST_DATAGRAMS];   /* what it wants sent */
  int out_count;
  struct dtls_datagram in;                    /* what it has been given and not read */
  uint8_t plain[2048];                        /* what it has heard last */
  size_t plain_length;
  struct sockaddr_in from;                    /* who has sent to it last */
};

static int
peer_bio_read(BIO *bio, char *room, int length) {
  struct dtls_peer *peer = BIO_get_data(bio);
  int taken = (int)peer->in.length < length ? (int)peer->in.length : length;

  BIO_clear_retry_flags(bio);
  if (!peer->in.length) {
    BIO_set_retry_read(bio);
    return -1;
  }
  memcpy(room, peer->in.bytes, (size_t)taken);
  peer->in.length = 0;
  return taken;
}

static int
peer_bio_write(BIO *bio, const char *bytes, int length) {
  struct dtls_peer *peer = BIO_get_data(bio);

  BIO_clear_retry_flags(bio);
  if (peer->out_count < MOST_DATAGRAMS && length <= (int)sizeof(peer->out[0].bytes)) {
    memcpy(peer->out[peer->out_count].bytes, bytes, (size_t)length);
    peer->out[peer->out_count++].length = (size_t)length;
  }
  return length;
}

static long
peer_bio_ctrl(BIO *bio, int command, long number, void *data) {
  (void)bio, (void)number, (void)data;
  return command == BIO_CTRL_FLUSH;
}

static const char *peer_key;

static unsigned int
peer_client_psk(SSL *ssl, const char *hint, char *identity, unsigned int room, unsigned char *key, unsigned int most) {
  (void)ssl, (void)hint, (void)room, (void)most;
  strcpy(identity, "me");
  memcpy(key, peer_key, strlen(peer_key));
  return (unsigned int)strlen(peer_key);
}

static unsigned int
peer_server_psk(SSL *ssl, const char *identity, unsigned char *key, unsigned int most) {
  (void)ssl, (void)identity, (void)most;
  memcpy(key, peer_key, strlen(peer_key));
  return (unsigned int)strlen(peer_key);
}

/* Begins a peer anew, on the same socket. */
static inline void
dtls_renew(struct dtls_peer *peer, int server) {
  static BIO_METHOD *method;
  BIO *bio;

  if (!method) {
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
    BIO_meth_set_read(method, peer_bio_read);
    BIO_meth_set_write(method, peer_bio_write);
    BIO_meth_set_ctrl(method, peer_bio_ctrl);
  }
  SSL_free(peer->ssl);
  peer->ssl = SSL_new(peer->context);
  bio = BIO_new(method);
  BIO_set_data(bio, peer);
  BIO_set_init(bio, 1);
  SSL_set_bio(peer->ssl, bio, bio);
  SSL_set_mtu(peer->ssl, 1200);
  if (server)
    SSL_set_accept_state(peer->ssl);
  else
    SSL_set_connect_state(peer->ssl);
  peer->out_count = 0;
  peer->in.length = peer->plain_length = 0;
}

static inline void
dtls_make(struct dtls_peer *peer, struct dtls_world *world, const char *key, int fd, int server) {
  memset(peer, 0, sizeof(*peer));
  peer->world = world;
  peer->fd = fd;
  peer_key = key;
  peer->context = SSL_CTX_new(DTLS_method());
  SSL_CTX_set_options(peer->context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET);
  SSL_CTX_set_cipher_list(peer->context, "PSK-AES128-CCM8:PSK-AES128-GCM-SHA256");
  SSL_CTX_set_psk_client_callback(peer->context, peer_client_psk);
  SSL_CTX_set_psk_server_callback(peer->context, peer_server_psk);
  dtls_renew(peer, server);
}

/* A server on a port of its own, without cookies. */
static inline uint16_t
dtls_open_server(struct dtls_peer *peer, struct dtls_world *world, const char *key) {
  uint16_t port;
  int fd = silent_socket(&port);

  dtls_make(peer, world, key, fd, 1);
  return port;
}

static inline void
dtls_close(struct dtls_peer *peer) {
  SSL_free(peer->ssl);
  SSL_CTX_free(peer->context);
  close(peer->fd);
}

/* One step of OpenSSL's: the handshake, or reading. 1: the handshake is complete, or something was heard. */
static inline int
dtls_step(struct dtls_peer *peer) {
  int result;

  ERR_clear_error();
  if (SSL_in_init(peer->ssl))
    return SSL_do_handshake(peer->ssl) == 1;
  result = SSL_read(peer->ssl, peer->plain, sizeof(peer->plain));
  peer->plain_length = result > 0 ? (size_t)result : 0;
  return result > 0;
}

static inline void
dtls_send_bytes(struct dtls_peer *peer, const void *bytes, size_t length) {
  if (peer->from.sin_port)
    EXPECT(sendto(peer->fd, bytes, length, 0, (struct sockaddr *)&peer->from, sizeof(peer->from)) == (ssize_t)length);
  else
    EXPECT(send(peer->fd, bytes, length, 0) == (ssize_t)length);
}

static inline void
dtls_post_one(struct dtls_peer *peer, int which) {
  dtls_send_bytes(peer, peer->out[which].bytes, peer->out[which].length);
}

/* Sends what it wants sent, and forgets it. */
static inline void
dtls_post(struct dtls_peer *peer) {
  int i;

  for (i = 0; i < peer->out_count; i++)
    dtls_post_one(peer, i);
  peer->out_count = 0;
}

/* All that it wants sent as one datagram. */
static inline void
dtls_post_together(struct dtls_peer *peer) {
  struct dtls_datagram all;
  int i;

  all.length = 0;
  for (i = 0; i < peer->out_count; i++) {
    if (all.length + peer->out[i].length > sizeof(all.bytes))
      exit(2);
    memcpy(all.bytes + all.length, peer->out[i].bytes, peer->out[i].length);
    all.length += peer->out[i].length;
  }
  peer->out_count = 0;
  dtls_send_bytes(peer, all.bytes, all.length);
}

/* Takes one datagram from the socket, as its input; 0 if none has come. */
static inline int
dtls_take(struct dtls_peer *peer) {
  struct sockaddr_in from;
  socklen_t size = sizeof(from);
  ssize_t got = recvfrom(peer->fd, peer->in.bytes, sizeof(peer->in.bytes), MSG_DONTWAIT, (struct sockaddr *)&from,
                         &size);

  if (got <= 0)
    return 0;
  peer->in.length = (size_t)got;
  if (SSL_is_server(peer->ssl))
    peer->from = from;
  return 1;
}

/* Serves until a datagram has come, which becomes the input; 0 if none comes in time. */
static inline int
dtls_await(struct dtls_peer *peer, long long ms) {
  long long end = milliseconds() + ms;

  for (;;) {
    server_turn(&peer->world->server);
    if (dtls_take(peer))
      return 1;
    if (milliseconds() >= end)
      return 0;
    usleep(200);
  }
}

/* Goes on with the handshake until it is complete; 0 if that does not happen in time. */
static inline int
dtls_handshake(struct dtls_peer *peer) {
  long long end = milliseconds() + PATIENCE;

  while (milliseconds() < end) {
    if (dtls_step(peer)) {
      dtls_post(peer);
      server_turn(&peer->world->server);
      return 1;
    }
    dtls_post(peer);
    if (!dtls_await(peer, 2000))
      return 0;
  }
  return 0;
}

/* Makes a record, to be sent. */
static inline void
dtls_say(struct dtls_peer *peer, const void *bytes, size_t length) {
  EXPECT_EQ(SSL_write(peer->ssl, bytes, (int)length), (int)length);
}

/* Whether something is heard in time. */
static inline int
dtls_hear(struct dtls_peer *peer) {
  long long end = milliseconds() + PATIENCE;

  do {
    if (!SSL_in_init(peer->ssl) && dtls_step(peer))
      return 1;
  } while (milliseconds() < end && dtls_await(peer, 500));
  return 0;
}

/* A GET of /probe. */
static inline void
dtls_ask(struct dtls_peer *peer, unsigned int type, unsigned int mid) {
  static struct datagram d;

  request(&d, type, GET, mid, "t");
  path(&d, "probe");
  dtls_say(peer, d.bytes, d.length);
}

/* Expects an answer with this id and code 2.05. */
static inline int
dtls_answered(struct dtls_peer *peer, unsigned int mid) {
  return dtls_hear(peer) && peer->plain_length > 4 && peer->plain[1] == 0x45 &&
         (peer->plain[2] << 8 | peer->plain[3]) == (int)mid;
}

/* The server's session of a peer's, or NULL. */
static inline coap_session_t *
dtls_session(struct dtls_peer *peer) {
  coap_address_t address;
  coap_session_t *session;
  struct sockaddr_in own;
  socklen_t size = sizeof(own);
  int ifindex;

  if (getsockname(peer->fd, (struct sockaddr *)&own, &size) < 0)
    return NULL;
  loopback_address(&address, ntohs(own.sin_port));
  for (ifindex = 0; ifindex < 64; ifindex++) {
    session = coap_session_get_by_peer(peer->world->server.context, &address, ifindex);
    if (session)
      return session;
  }
  return NULL;
}

/* A client of the world's server, at an address where that knows nobody: who went without a word is known for a while. */
static inline void
dtls_open(struct dtls_peer *peer, struct dtls_world *world, const char *key) {
  memset(peer, 0, sizeof(*peer));
  peer->world = world;
  do {
    int before = peer->fd;

    peer->fd = open_socket(NULL, world->port);
    if (before > 0)
      close(before);
    if (peer->fd < 0)
      exit(2);
  } while (dtls_session(peer));
  dtls_make(peer, world, key, peer->fd, 0);
}

#endif
