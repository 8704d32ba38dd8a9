/* Peers over TCP, of one's own making: raw sockets on both sides of the library, and a record of what it tells the
 * application. As in peer.h everything runs in one thread, and nothing sleeps.
 *
 *     struct server server;
 *     struct stream peer;
 *
 *     server_start(&server);
 *     stream_endpoint(&server);                     // the server listens over TCP, too
 *     record(server.context);
 *     stream_open(&peer, &server);                  // connects
 *     stream_hex(&peer, CSM "01 01 74 b5 70726f6265");
 *     EXPECT_BYTES(&peer, CSM "61 45 74 ff 616c697665");
 *     EXPECT_RECORD("TCP_CONNECTED SESSION_CONNECTED ");
 *     stream_close(&peer);
 *     server_stop(&server);
 *
 * For sessions of clients: stream_listen(), client_session(), stream_accept().
 */
#ifndef STREAM_PEER_H
#define STREAM_PEER_H

#include <netinet/tcp.h>

#include "peer.h"

#define CSM "50 e1 23 80 01 00 20 "

enum { IN_NONE = COAP_SESSION_STATE_NONE, IN_CONNECTING, IN_HANDSHAKE, IN_CSM, IN_ESTABLISHED };

/* --- What the application is told --------------------------------------------------------------------------------- */

static char recorded[4096];
static coap_session_t *recorded_session;   /* of the latest event */
static int recorded_states;                /* whether states are recorded, too */

static inline void
record_text(const char *text) {
  if (strlen(recorded) + strlen(text) < sizeof(recorded))
    strcat(recorded, text);
}

static inline void
record_state(const coap_session_t *session) {
  char text[32];

  if (recorded_states) {
    snprintf(text, sizeof(text), "/%d%s", session->state, session->sock.flags ? "" : "closed");
    record_text(text);
  }
  record_text(" ");
}

static inline int
record_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  (void)context;
  recorded_session = session;
  record_text(event == COAP_EVENT_TCP_CONNECTED ? "TCP_CONNECTED" :
              event == COAP_EVENT_TCP_CLOSED ? "TCP_CLOSED" :
              event == COAP_EVENT_TCP_FAILED ? "TCP_FAILED" :
              event == COAP_EVENT_SESSION_CONNECTED ? "SESSION_CONNECTED" :
              event == COAP_EVENT_SESSION_CLOSED ? "SESSION_CLOSED" :
              event == COAP_EVENT_SESSION_FAILED ? "SESSION_FAILED" :
              event == COAP_EVENT_DTLS_CONNECTED ? "DTLS_CONNECTED" :
              event == COAP_EVENT_DTLS_CLOSED ? "DTLS_CLOSED" :
              event == COAP_EVENT_DTLS_ERROR ? "DTLS_ERROR" :
              event == COAP_EVENT_DTLS_RENEGOTIATE ? "DTLS_RENEGOTIATE" : "?");
  record_state(session);
  return 0;
}

static inline void
record_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
            const coap_mid_t mid) {
  char text[32];

  (void)context, (void)sent, (void)mid;
  snprintf(text, sizeof(text), "NACK(%d)", reason);
  record_text(text);
  record_state(session);
}

static inline coap_response_t
record_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
                const coap_mid_t mid) {
  char text[32];

  (void)context;
  EXPECT(sent == NULL);
  EXPECT_EQ(mid, 0);
  snprintf(text, sizeof(text), "RESPONSE(%u.%02u)", received->code >> 5, received->code & 31u);
  record_text(text);
  record_state(session);
  return COAP_RESPONSE_OK;
}

static inline void
record_ping(coap_context_t *context, coap_session_t *session, coap_pdu_t *received, const coap_mid_t mid) {
  (void)context, (void)received;
  EXPECT_EQ(mid, 0);
  record_text("PING");
  record_state(session);
}

static inline void
record_pong(coap_context_t *context, coap_session_t *session, coap_pdu_t *received, const coap_mid_t mid) {
  (void)context, (void)received;
  EXPECT_EQ(mid, 0);
  record_text("PONG");
  record_state(session);
}

static inline void
record(coap_context_t *context) {
  recorded[0] = 0;
  recorded_states = 0;
  coap_register_event_handler(context, record_event);
  coap_register_nack_handler(context, record_nack);
  coap_register_response_handler(context, record_response);
  coap_register_ping_handler(context, record_ping);
  coap_register_pong_handler(context, record_pong);
}

/* Expects that this has been told since the last time, and nothing else. */
static inline void
expect_record(const char *file, int line, const char *expected) {
  expect_made++;
  if (strcmp(recorded, expected)) {
    expect_failed++;
    printf("%s:%d: the application was told: %s\n  expected: %s\n", file, line, recorded, expected);
  }
  recorded[0] = 0;
}
#define EXPECT_RECORD(expected) expect_record(__FILE__, __LINE__, expected)

/* --- Peers --------------------------------------------------------------------------------------------------------- */

struct stream {
  struct server *server;
  int fd;
};

static uint16_t stream_port;
static coap_endpoint_t *stream_listener;

/* Has the server listen over TCP. */
static inline void
stream_endpoint_for(struct server *server, coap_proto_t proto) {
  coap_address_t listen;
  const char *colon;

  loopback_address(&listen, 0);
  stream_listener = coap_new_endpoint(server->context, &listen, proto);
  colon = stream_listener ? strrchr(coap_endpoint_str(stream_listener), ':') : NULL;
  if (!colon) {
    printf("no endpoint over TCP\n");
    exit(2);
  }
  stream_port = (uint16_t)strtoul(colon + 1, NULL, 10);
}

static inline void
stream_endpoint(struct server *server) {
  stream_endpoint_for(server, COAP_PROTO_TCP);
}

/* What is written leaves at once, and has arrived when the server looks: both are on this machine. */
static inline void
stream_no_delay(struct stream *stream) {
  int on = 1;

  setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* A client of the server. */
static inline void
stream_open(struct stream *stream, struct server *server) {
  coap_address_t to;

  loopback_address(&to, stream_port);
  stream->server = server;
  stream->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (stream->fd < 0 || connect(stream->fd, &to.addr.sa, sizeof(to.addr.sin)) < 0) {
    perror("stream");
    exit(2);
  }
  stream_no_delay(stream);
}

/* A socket that listens, for client sessions to connect to. */
static inline int
stream_listen(uint16_t *port) {
  coap_address_t address;
  socklen_t size = sizeof(address.addr.sin);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;

  loopback_address(&address, *port);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (fd < 0 || bind(fd, &address.addr.sa, size) < 0 || getsockname(fd, &address.addr.sa, &size) < 0 ||
      listen(fd, 5) < 0) {
    perror("listen");
    exit(2);
  }
  *port = ntohs(address.addr.sin.sin_port);
  return fd;
}

/* A port where nobody listens. */
static inline uint16_t
closed_port(void) {
  uint16_t port = 0;

  close(stream_listen(&port));
  return port;
}

static inline void
stream_wait(struct server *server, int fd, short events, long long ms) {
  struct pollfd waiting[2];

  waiting[0].fd = fd;
  waiting[0].events = events;
  waiting[1].fd = coap_context_get_coap_fd(server->context);
  waiting[1].events = POLLIN;
  poll(waiting, 2, (int)ms);
}

/* Accepts the connection of a client session. */
static inline void
stream_accept(struct stream *stream, struct server *server, int listener) {
  long long end = milliseconds() + PATIENCE;

  stream->server = server;
  while ((stream->fd = accept(listener, NULL, NULL)) < 0 && milliseconds() < end) {
    server_turn(server);
    stream_wait(server, listener, POLLIN, 100);
  }
  if (stream->fd < 0) {
    printf("no connection comes\n");
    exit(2);
  }
  stream_no_delay(stream);
}

static inline void
stream_close(struct stream *stream) {
  close(stream->fd);
  stream->fd = -1;
}

/* Closes with a reset. */
static inline void
stream_reset(struct stream *stream) {
  struct linger linger = {1, 0};

  setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
  stream_close(stream);
}

/* Writes all these bytes; the library is served meanwhile. 0 if it does not take them. */
static inline int
stream_write(struct stream *stream, const void *bytes, size_t length) {
  const uint8_t *at = bytes;
  long long end = milliseconds() + PATIENCE;
  ssize_t sent;

  while (length > 0 && milliseconds() < end) {
    sent = send(stream->fd, at, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
      at += sent;
      length -= (size_t)sent;
    } else if (errno != EAGAIN) {
      return 0;
    } else {
      server_turn(stream->server);
      stream_wait(stream->server, stream->fd, POLLOUT, 100);
    }
  }
  return length == 0;
}

static inline void
stream_hex(struct stream *stream, const char *hex) {
  struct datagram *d = malloc(sizeof(*d));

  datagram_hex(d, hex);
  EXPECT(stream_write(stream, d->bytes, d->length));
  free(d);
}

/* Reads up to `length` bytes while the library is served, until so many have come, or the connection has ended, or
 * `ms` milliseconds have passed; how many came. *ended is set to 1 at an end, to 2 at a reset. */
static inline size_t
stream_read(struct stream *stream, uint8_t *bytes, size_t length, long long ms, int *ended) {
  long long end = milliseconds() + ms, left;
  size_t have = 0;
  ssize_t got;

  *ended = 0;
  while (have < length) {
    server_turn(stream->server);
    got = recv(stream->fd, bytes + have, length - have, MSG_DONTWAIT);
    if (got > 0) {
      have += (size_t)got;
      continue;
    }
    if (got == 0 || errno != EAGAIN) {
      *ended = got == 0 ? 1 : 2;
      break;
    }
    left = end - milliseconds();
    if (left <= 0)
      break;
    stream_wait(stream->server, stream->fd, POLLIN, left);
  }
  return have;
}

/* Expects exactly these bytes to come. */
static inline void
expect_bytes(const char *file, int line, struct stream *stream, const char *hex) {
  struct datagram *d = malloc(sizeof(*d));
  uint8_t *bytes = malloc(sizeof(d->bytes));
  int ended;
  size_t have;

  datagram_hex(d, hex);
  have = stream_read(stream, bytes, d->length, PATIENCE, &ended);
  expect_made++;
  if (have != d->length || memcmp(bytes, d->bytes, have)) {
    expect_failed++;
    printf("%s:%d: expected the bytes ", file, line);
    print_bytes(d->bytes, d->length);
    printf("\n  got ");
    print_bytes(bytes, have);
    printf("%s\n", ended ? " and the end" : "");
  }
  free(bytes);
  free(d);
}
#define EXPECT_BYTES(stream, hex) expect_bytes(__FILE__, __LINE__, stream, hex)

/* Expects the end of the connection, and nothing before it. */
static inline void
expect_end(const char *file, int line, struct stream *stream) {
  uint8_t byte;
  int ended;
  size_t have = stream_read(stream, &byte, 1, PATIENCE, &ended);

  expect_made++;
  if (have || !ended) {
    expect_failed++;
    printf("%s:%d: expected the end of the connection, got %s\n", file, line, have ? "bytes" : "nothing");
  }
}
#define EXPECT_END(stream) expect_end(__FILE__, __LINE__, stream)

/* Expects that nothing comes: not before the server has answered a probe. */
static inline void
expect_nothing(const char *file, int line, struct stream *stream) {
  uint8_t byte;
  int answered = alive(stream->server);
  ssize_t got = recv(stream->fd, &byte, 1, MSG_DONTWAIT);

  expect_made++;
  if (!answered || got >= 0 || errno != EAGAIN) {
    expect_failed++;
    printf("%s:%d: expected nothing, got %s\n", file, line, got > 0 ? "bytes" : "the end");
  }
}
#define EXPECT_NOTHING(stream) expect_nothing(__FILE__, __LINE__, stream)

/* Serves until a session is in this state. */
#define EXPECT_STATE(server, session, wanted)                                             \
  do {                                                                                    \
    long long end_ = milliseconds() + PATIENCE;                                           \
    while ((session)->state != (wanted) && milliseconds() < end_)                         \
      coap_io_process((server)->context, 50);                                             \
    EXPECT_EQ((session)->state, (wanted));                                                \
  } while (0)

/* Serves until the application has been told something that contains this text. */
static inline int
told(struct server *server, const char *text) {
  long long end = milliseconds() + PATIENCE;

  while (!strstr(recorded, text) && milliseconds() < end)
    coap_io_process(server->context, 50);
  return strstr(recorded, text) != NULL;
}

#endif
