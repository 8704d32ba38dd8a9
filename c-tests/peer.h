/* Peers of one's own making: a server inside the test program, and raw UDP sockets that send it whatever bytes one
 * likes. Everything runs in one thread, and nothing sleeps: while a peer waits for an answer, the server is served.
 *
 *     struct server server;
 *     struct peer peer;
 *     struct datagram d;
 *     struct reply r;
 *
 *     server_start(&server);
 *     peer_open(&peer, &server);
 *     request(&d, CON, GET, 0x1234, "t");            // or: datagram_hex(&d, "41 01 1234 74 b5 70726f6265");
 *     path(&d, "probe");
 *     peer_send(&peer, &d);
 *     EXPECT_REPLY(&peer, &r, ACK, 205);
 *     EXPECT_ALIVE(&server);                         // a probe from another socket is answered at once
 *     peer_close(&peer);
 *     server_stop(&server);
 */
#ifndef PEER_H
#define PEER_H

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <coap2/coap.h>

#include "expect.h"

enum { CON = COAP_MESSAGE_CON, NON = COAP_MESSAGE_NON, ACK = COAP_MESSAGE_ACK, RST = COAP_MESSAGE_RST };
enum { EMPTY = 0, GET = 1, POST = 2, PUT = 3, DELETE = 4, FETCH = 5 };

/* How long an answer may take, in milliseconds. "At once" on a loaded machine, under valgrind. */
#define PATIENCE 20000

static inline long long
milliseconds(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Bytes of heap in use by the whole program. Under valgrind always 0. */
static inline size_t
heap_in_use(void) {
  struct mallinfo2 info = mallinfo2();

  return info.uordblks + info.hblkhd;
}

/* The same "random" numbers in each run (xorshift). */
static inline uint32_t
chance(void) {
  static uint32_t state = 2463534242u;

  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

static inline void
print_bytes(const uint8_t *bytes, size_t length) {
  size_t i;

  for (i = 0; i < length && i < 64; i++)
    printf("%02x ", bytes[i]);
  printf("%s(%zu bytes)", i < length ? "... " : "", length);
}

/* --- Datagrams to send ------------------------------------------------------------------------------------------ */

struct datagram {
  size_t length;
  unsigned int option;  /* number of the last option */
  uint8_t bytes[65536];
};

static inline void
append(struct datagram *d, const void *bytes, size_t length) {
  if (length > sizeof(d->bytes) - d->length) {
    printf("a datagram does not hold that much\n");
    exit(2);
  }
  if (length)
    memcpy(d->bytes + d->length, bytes, length);
  d->length += length;
}

static inline void
append_byte(struct datagram *d, unsigned int byte) {
  uint8_t b = (uint8_t)byte;

  append(d, &b, 1);
}

/* Bytes written in hexadecimal; spaces are for the eye. */
static inline void
append_hex(struct datagram *d, const char *hex) {
  int high = -1, digit;

  for (; *hex; hex++) {
    if (*hex == ' ')
      continue;
    digit = *hex <= '9' ? *hex - '0' : (*hex | 32) - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      append_byte(d, (unsigned int)(high << 4 | digit));
      high = -1;
    }
  }
}

static inline void
datagram_hex(struct datagram *d, const char *hex) {
  d->length = d->option = 0;
  append_hex(d, hex);
}

/* Header and token of a message; `code` is the byte (GET, 0x45, ...). */
static inline void
request(struct datagram *d, unsigned int type, unsigned int code, unsigned int mid, const char *token) {
  size_t length = strlen(token);

  d->length = d->option = 0;
  append_byte(d, 0x40 | type << 4 | (unsigned int)length);
  append_byte(d, code);
  append_byte(d, mid >> 8);
  append_byte(d, mid);
  append(d, token, length);
}

/* An option; numbers must not fall. */
static inline void
option(struct datagram *d, unsigned int number, const void *value, size_t length) {
  unsigned int delta = number - d->option, n = (unsigned int)length;
  unsigned int delta_nibble = delta < 13 ? delta : delta < 269 ? 13 : 14;
  unsigned int length_nibble = n < 13 ? n : n < 269 ? 13 : 14;

  append_byte(d, delta_nibble << 4 | length_nibble);
  if (delta_nibble == 14)
    append_byte(d, (delta - 269) >> 8);
  if (delta_nibble >= 13)
    append_byte(d, delta_nibble == 13 ? delta - 13 : delta - 269);
  if (length_nibble == 14)
    append_byte(d, (n - 269) >> 8);
  if (length_nibble >= 13)
    append_byte(d, length_nibble == 13 ? n - 13 : n - 269);
  append(d, value, length);
  d->option = number;
}

/* An option with a number in it, in as few bytes as possible. */
static inline void
option_uint(struct datagram *d, unsigned int number, unsigned long value) {
  uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
  size_t skip = 0;

  while (skip < 4 && bytes[skip] == 0)
    skip++;
  option(d, number, bytes + skip, 4 - skip);
}

/* Uri-Path options, one per segment of "a/b". */
static inline void
path(struct datagram *d, const char *path) {
  size_t length;

  do {
    length = strcspn(path, "/");
    option(d, COAP_OPTION_URI_PATH, path, length);
    path += length;
  } while (*path++);
}

static inline void
block(struct datagram *d, unsigned int number, unsigned long num, unsigned int more, unsigned int szx) {
  option_uint(d, number, num << 4 | more << 3 | szx);
}

static inline void
payload(struct datagram *d, const void *bytes, size_t length) {
  append_byte(d, COAP_PAYLOAD_START);
  append(d, bytes, length);
}

/* A payload of `length` equal bytes. */
static inline void
payload_of(struct datagram *d, int byte, size_t length) {
  append_byte(d, COAP_PAYLOAD_START);
  if (length > sizeof(d->bytes) - d->length)
    exit(2);
  memset(d->bytes + d->length, byte, length);
  d->length += length;
}

/* --- The server ------------------------------------------------------------------------------------------------- */

struct server {
  coap_context_t *context;
  coap_endpoint_t *endpoint;
  coap_resource_t *probe;
  uint16_t port;
  int prober;               /* the socket that probes come from */
  unsigned int probes;
};

static inline void
answer_probe(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
             coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)session, (void)req, (void)token, (void)query;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  coap_add_data(response, 5, (const uint8_t *)"alive");
}

/* 127.0.0.1 */
static inline void
loopback_address(coap_address_t *address, uint16_t port) {
  coap_address_init(address);
  address->size = sizeof(address->addr.sin);
  address->addr.sin.sin_family = AF_INET;
  address->addr.sin.sin_port = htons(port);
  address->addr.sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

/* A socket that says nothing by itself, for sessions to send to. */
static inline int
silent_socket(uint16_t *port) {
  coap_address_t address;
  socklen_t size = sizeof(address.addr.sin);
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  loopback_address(&address, 0);
  if (fd < 0 || bind(fd, &address.addr.sa, size) < 0 || getsockname(fd, &address.addr.sa, &size) < 0) {
    perror("socket");
    exit(2);
  }
  *port = ntohs(address.addr.sin.sin_port);
  return fd;
}

static inline int
open_socket(const char *source, uint16_t port) {
  struct sockaddr_in address;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  if (fd >= 0 && source) {
    address.sin_addr.s_addr = inet_addr(source);
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
      close(fd);
      return -1;
    }
  }
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
    close(fd);
    return -1;
  }
  return fd;
}

/* A server on a free port of 127.0.0.1, with a resource /probe. Ends the program if that cannot be. */
static inline void
server_start(struct server *server) {
  coap_address_t listen;
  const char *colon;

  memset(server, 0, sizeof(*server));
  server->prober = -1;
  coap_startup();
  server->context = coap_new_context(NULL);
  loopback_address(&listen, 0);
  if (server->context)
    server->endpoint = coap_new_endpoint(server->context, &listen, COAP_PROTO_UDP);
  colon = server->endpoint ? strrchr(coap_endpoint_str(server->endpoint), ':') : NULL;
  server->probe = coap_resource_init(coap_make_str_const("probe"), 0);
  if (!colon || !server->probe) {
    printf("the server does not start\n");
    exit(2);
  }
  server->port = (uint16_t)strtoul(colon + 1, NULL, 10);
  coap_register_handler(server->probe, COAP_REQUEST_GET, answer_probe);
  coap_add_resource(server->context, server->probe);
}

static inline coap_resource_t *
server_resource(struct server *server, const char *name, coap_request_t method, coap_method_handler_t handler) {
  coap_str_const_t *uri_path = coap_make_str_const(name);
  coap_resource_t *resource = coap_get_resource_from_uri_path(server->context, uri_path);

  if (!resource) {
    resource = coap_resource_init(uri_path, 0);
    coap_add_resource(server->context, resource);
  }
  coap_register_handler(resource, method, handler);
  return resource;
}

static inline void
server_stop(struct server *server) {
  coap_free_context(server->context);
  if (server->prober >= 0)
    close(server->prober);
  coap_cleanup();
}

/* Lets the server do what there is to do right now. */
static inline void
server_turn(struct server *server) {
  coap_io_process(server->context, COAP_IO_NO_WAIT);
}

/* Serves for some time, or until *done. What coap_io_process() does before it waits does not end its wait, so this may
 * take the whole time although *done came earlier. */
static inline void
server_run(struct server *server, long long ms, const int *done) {
  long long start = milliseconds(), left;

  while ((!done || !*done) && (left = start + ms - milliseconds()) > 0)
    coap_io_process(server->context, (uint32_t)left);
}

/* A client session of the server's context, to a port of this machine. NULL if it cannot be made. */
static inline coap_session_t *
client_session(struct server *server, uint16_t port, coap_proto_t proto) {
  coap_address_t to;

  loopback_address(&to, port);
  return coap_new_client_session(server->context, NULL, &to, proto);
}

/* --- Peers and answers ------------------------------------------------------------------------------------------ */

struct peer {
  struct server *server;
  int fd;
};

struct reply {
  size_t length;            /* 0: none came */
  unsigned int type, code, mid;
  const uint8_t *token;
  size_t token_length;
  const uint8_t *payload;
  size_t payload_length;
  uint8_t bytes[2048];
};

static inline void
peer_open(struct peer *peer, struct server *server) {
  peer->server = server;
  peer->fd = open_socket(NULL, server->port);
  if (peer->fd < 0) {
    perror("peer");
    exit(2);
  }
}

static inline void
peer_close(struct peer *peer) {
  close(peer->fd);
}

static inline int
send_datagram(int fd, const struct datagram *d) {
  ssize_t sent = send(fd, d->bytes, d->length, 0);

  if (sent != (ssize_t)d->length)
    perror("send");
  return sent == (ssize_t)d->length;
}

static inline void
peer_send(struct peer *peer, const struct datagram *d) {
  EXPECT(send_datagram(peer->fd, d));
}

/* Takes a well-formed message apart; 0 if it is not. */
static inline int
parse(struct reply *r) {
  const uint8_t *at = r->bytes, *end = r->bytes + r->length;
  unsigned int extra, length;
  int which;

  r->payload = NULL;
  r->payload_length = 0;
  if (r->length < 4 || at[0] >> 6 != 1 || (at[0] & 15) > 8 || (size_t)(at[0] & 15) > r->length - 4)
    return 0;
  r->type = at[0] >> 4 & 3;
  r->code = at[1];
  r->mid = (unsigned int)at[2] << 8 | at[3];
  r->token = at + 4;
  r->token_length = at[0] & 15;
  for (at += 4 + r->token_length; at < end && *at != COAP_PAYLOAD_START; at += length) {
    unsigned int nibble[2] = {*at >> 4, *at & 15u};

    for (at++, which = 0; which < 2; which++) {
      if (nibble[which] == 15 || (nibble[which] >= 13 && end - at < (int)nibble[which] - 12))
        return 0;
      extra = nibble[which] == 13 ? at[0] : nibble[which] == 14 ? (unsigned int)at[0] << 8 | at[1] : 0;
      at += nibble[which] >= 13 ? nibble[which] - 12 : 0;
      nibble[which] = nibble[which] == 13 ? 13 + extra : nibble[which] == 14 ? 269 + extra : nibble[which];
    }
    length = nibble[1];
    if (length > (unsigned int)(end - at))
      return 0;
  }
  if (at < end) {
    if (++at == end)
      return 0;
    r->payload = at;
    r->payload_length = (size_t)(end - at);
  }
  return 1;
}

/* The value of the first option of that number as a number; -1 if there is none. */
static inline long
reply_option(const struct reply *r, unsigned int wanted) {
  const uint8_t *at = r->bytes + 4 + r->token_length, *end = r->bytes + r->length;
  unsigned int number = 0, delta, length;
  long value = 0;

  while (at < end && *at != COAP_PAYLOAD_START) {
    delta = *at >> 4;
    length = *at++ & 15;
    if (delta == 13)
      delta = 13u + *at++;
    else if (delta == 14)
      delta = 269u + ((unsigned int)at[0] << 8 | at[1]), at += 2;
    if (length == 13)
      length = 13u + *at++;
    else if (length == 14)
      length = 269u + ((unsigned int)at[0] << 8 | at[1]), at += 2;
    number += delta;
    if (number == wanted) {
      while (length--)
        value = value << 8 | *at++;
      return value;
    }
    at += length;
  }
  return -1;
}

/* Takes what has come to a socket; 0 if nothing has. */
static inline int
take(int fd, struct reply *r) {
  ssize_t got = recv(fd, r->bytes, sizeof(r->bytes), MSG_DONTWAIT);

  r->length = got > 0 ? (size_t)got : 0;
  return r->length > 0;
}

/* Serves until an answer has come to a socket; 0 if none comes in time. */
static inline int
await(struct server *server, int fd, struct reply *r, long long ms) {
  long long end = milliseconds() + ms, left;
  struct pollfd waiting[2];

  memset(r, 0, sizeof(*r));
  for (;;) {
    server_turn(server);
    if (take(fd, r))
      return 1;
    left = end - milliseconds();
    if (left <= 0)
      return 0;
    waiting[0].fd = fd;
    waiting[1].fd = coap_context_get_coap_fd(server->context);
    waiting[0].events = waiting[1].events = POLLIN;
    poll(waiting, 2, (int)left);
  }
}

/* Whether a GET from a socket of its own is answered. All that came before it has been handled by then, because the
 * server's one socket gives datagrams in the order of arrival. */
static inline int
alive(struct server *server) {
  struct datagram *d = malloc(sizeof(*d));
  struct reply r;
  unsigned int mid = ++server->probes & 0xffff;
  int answered = 0;

  if (!d)
    return 0;
  if (server->prober < 0)
    server->prober = open_socket(NULL, server->port);
  request(d, CON, GET, mid, "probe");
  path(d, "probe");
  if (send_datagram(server->prober, d)) {
    while (!answered && await(server, server->prober, &r, PATIENCE))
      answered = parse(&r) && r.mid == mid && r.code == 0x45 && r.payload_length == 5;
  }
  free(d);
  return answered;
}

/* Expects one answer of this type and of this code, written as 205 for 2.05, and leaves it in *reply. */
static inline int
expect_reply(const char *file, int line, struct peer *peer, struct reply *reply, unsigned int type, unsigned int code) {
  unsigned int byte = code / 100 << 5 | code % 100;
  int came = await(peer->server, peer->fd, reply, PATIENCE);

  expect_made++;
  if (came && parse(reply) && reply->type == type && reply->code == byte)
    return 1;
  expect_failed++;
  printf("%s:%d: expected an answer of type %u, code %u.%02u; ", file, line, type, code / 100, code % 100);
  if (!came)
    printf("none came\n");
  else {
    printf("got ");
    print_bytes(reply->bytes, reply->length);
    printf("\n");
  }
  return 0;
}
#define EXPECT_REPLY(peer, reply, type, code) expect_reply(__FILE__, __LINE__, peer, reply, type, code)

/* Expects that the server has handled everything and has had nothing to say to this peer. */
static inline int
expect_silence(const char *file, int line, struct peer *peer) {
  struct reply reply;
  int answered = alive(peer->server);

  expect_made++;
  if (answered && !take(peer->fd, &reply))
    return 1;
  expect_failed++;
  printf("%s:%d: expected no answer; ", file, line);
  if (!answered)
    printf("but the server does not even answer a probe\n");
  else {
    printf("got ");
    print_bytes(reply.bytes, reply.length);
    printf("\n");
  }
  return 0;
}
#define EXPECT_SILENCE(peer) expect_silence(__FILE__, __LINE__, peer)

#define EXPECT_ALIVE(server) EXPECT(alive(server))

#endif
