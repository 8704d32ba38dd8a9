/* Asks a server on 127.0.0.1 for /hello over TCP or TLS (RFC 8323) as fast as it answers. Prints lines of
 *
 *     <operation> <connections> <value>
 *
 *     streams port process connections outstanding requests seconds [suite]
 *
 * Each connection has so many requests outstanding. With a cipher suite of TLS 1.3 (by OpenSSL's name) it is TLS, with
 * that suite alone and a pre-shared key. Otherwise as `load`.
 */
#define _GNU_SOURCE
#include "tls.h"
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>

#define MOST_CONNECTIONS 256
#define REQUEST_LENGTH 10

struct connection {
  int fd;
  SSL *ssl; /* NULL: over TCP */
  uint16_t asked, answered;
  size_t waiting; /* bytes of an answer that is not all there */
  uint8_t bytes[65536];
};

static struct connection connections[MOST_CONNECTIONS];

/* Shakes hands, waiting. What is written then waits for flush(). */
static void
secure(struct connection *one, SSL_CTX *clients, const char *suite) {
  BIO *buffer = BIO_new(BIO_f_buffer());

  one->ssl = SSL_new(clients);
  if (!one->ssl || !buffer || !SSL_set_fd(one->ssl, one->fd) || SSL_connect(one->ssl) != 1)
    tls_fail("handshake");
  tls_check(one->ssl, suite);
  if (!BIO_set_write_buffer_size(buffer, 65536) || fcntl(one->fd, F_SETFL, O_NONBLOCK) < 0)
    fail("socket");
  SSL_set0_wbio(one->ssl, BIO_push(buffer, BIO_new_socket(one->fd, BIO_NOCLOSE)));
}

/* Over TLS each message is a record, but they go out together. */
static void
transmit(struct connection *to, const uint8_t *bytes, size_t length, size_t message) {
  size_t at;

  if (!to->ssl) {
    if (send(to->fd, bytes, length, 0) != (ssize_t)length)
      fail("send");
    return;
  }
  for (at = 0; at < length; at += message)
    if (SSL_write(to->ssl, bytes + at, (int)message) != (int)message)
      tls_fail("SSL_write");
  if (BIO_flush(SSL_get_wbio(to->ssl)) != 1)
    tls_fail("flush");
}

/* Adds what has come to what is waiting. */
static void
receive(struct connection *from) {
  int got;

  do {
    uint8_t *to = from->bytes + from->waiting;
    size_t room = sizeof(from->bytes) - from->waiting;

    got = from->ssl ? SSL_read(from->ssl, to, (int)room) : (int)recv(from->fd, to, room, 0);
    if (got > 0)
      from->waiting += (size_t)got;
    else if (!from->ssl || SSL_get_error(from->ssl, got) != SSL_ERROR_WANT_READ)
      tls_fail("the connection has ended");
  } while (from->ssl && got > 0);
}

/* Sends so many requests at once: GET /hello, the number for a token. */
static void
ask(struct connection *to, unsigned long count) {
  static const uint8_t hello[] = {0xb5, 'h', 'e', 'l', 'l', 'o'};
  static uint8_t bytes[1024 * REQUEST_LENGTH];
  size_t length = 0;

  for (; count > 0; count--, to->asked++) {
    uint8_t *at = bytes + length;

    at[0] = 0x62;
    at[1] = 0x01;
    at[2] = (uint8_t)(to->asked >> 8);
    at[3] = (uint8_t)to->asked;
    memcpy(at + 4, hello, sizeof(hello));
    length += REQUEST_LENGTH;
  }
  transmit(to, bytes, length, REQUEST_LENGTH);
}

/* The answers among the bytes that have come; they are taken away. */
static unsigned long
take_answers(struct connection *from) {
  unsigned long answers = 0;
  size_t at = 0, length;

  while (from->waiting - at >= 2) {
    const uint8_t *frame = from->bytes + at;
    size_t extension = frame[0] >> 4 == 13;

    length = (size_t)(frame[0] >> 4);
    if (length > 13) {
      fprintf(stderr, "streams: unexpected length\n");
      exit(1);
    }
    if (extension)
      length = 13u + frame[1];
    length += 2 + extension + (frame[0] & 15);
    if (from->waiting - at < length)
      break;
    /* 2.05 with the token of the oldest request; a CSM and a Ping are no answers */
    if (frame[1 + extension] == 0x45) {
      if ((frame[0] & 15) != 2 || frame[2 + extension] != from->answered >> 8 ||
          frame[3 + extension] != (from->answered & 0xff)) {
        fprintf(stderr, "streams: not the answer\n");
        exit(1);
      }
      from->answered++;
      answers++;
    }
    at += length;
  }
  from->waiting -= at;
  memmove(from->bytes, from->bytes + at, from->waiting);
  return answers;
}

int
main(int argc, char **argv) {
  static const uint8_t csm[] = {0x00, 0xe1};
  struct epoll_event events[64];
  struct sockaddr_in server;
  SSL_CTX *clients = NULL;
  const char *suite;
  unsigned long count, outstanding, requests, warm, answered = 0, i;
  double start, now, limit, before = 0;
  int epoll = epoll_create1(0), ready, on = 1;

  if (argc != 7 && argc != 8)
    return 2;
  suite = argv[7];
  if (suite)
    clients = tls_clients(TLS_client_method(), suite);
  server = local_address(INADDR_LOOPBACK, strtoul(argv[1], NULL, 10));
  count = strtoul(argv[3], NULL, 10);
  outstanding = strtoul(argv[4], NULL, 10);
  requests = strtoul(argv[5], NULL, 10);
  limit = strtod(argv[6], NULL);
  warm = requests < 50000 ? requests / 10 : 5000;
  if (count < 1 || count > MOST_CONNECTIONS || outstanding < 1 || outstanding > 1024)
    return 2;
  for (i = 0; i < count; i++) {
    struct connection *one = &connections[i];
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};

    one->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (one->fd < 0 || connect(one->fd, (struct sockaddr *)&server, sizeof(server)) < 0 ||
        setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, one->fd, &event) < 0)
      fail("connect");
    if (suite)
      secure(one, clients, suite);
    transmit(one, csm, sizeof(csm), sizeof(csm));
  }
  start = now = seconds();
  for (i = 0; i < count; i++)
    ask(&connections[i], outstanding);
  while (answered < warm + requests && (answered < warm || now - start < limit)) {
    ready = epoll_wait(epoll, events, 64, 20000);
    now = seconds();
    if (ready <= 0) {
      fprintf(stderr, "streams: no answer\n");
      return 1;
    }
    for (i = 0; i < (unsigned long)ready; i++) {
      struct connection *one = events[i].data.ptr;
      unsigned long answers;

      receive(one);
      answers = take_answers(one);
      if (answered < warm && answered + answers >= warm) {
        start = now;
        warm = answered + answers;
        before = used(argv[2]);
      }
      answered += answers;
      if (answers)
        ask(one, answers);
    }
  }
  answered -= warm;
  before = used(argv[2]) - before;
  printf("%s-requests-per-second %lu %.0f\n", suite ? "tls" : "tcp", count, (double)answered / (now - start));
  printf("%s-request-time %lu %.0f\n", suite ? "tls" : "tcp", count, before / (double)answered);
  return 0;
}
