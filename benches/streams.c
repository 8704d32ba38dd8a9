/* Asks a server on 127.0.0.1 for /hello over TCP (RFC 8323) as fast as it answers. Prints lines of
 *
 *     <operation> <connections> <value>
 *
 *     streams port process connections outstanding requests seconds
 *
 * Each connection has so many requests outstanding. Otherwise as `load`.
 */
#define _GNU_SOURCE
#include "wire.h"
#include <netinet/tcp.h>
#include <sys/epoll.h>

#define MOST_CONNECTIONS 256
#define REQUEST_LENGTH 10

struct connection {
  int fd;
  uint16_t asked, answered;
  size_t waiting; /* bytes of an answer that is not all there */
  uint8_t bytes[65536];
};

static struct connection connections[MOST_CONNECTIONS];

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
  if (send(to->fd, bytes, length, 0) != (ssize_t)length)
    fail("send");
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
  unsigned long count, outstanding, requests, warm, answered = 0, i;
  double start, now, limit, before = 0;
  int epoll = epoll_create1(0), ready, on = 1;

  if (argc != 7)
    return 2;
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
        epoll_ctl(epoll, EPOLL_CTL_ADD, one->fd, &event) < 0 || send(one->fd, csm, sizeof(csm), 0) < 0)
      fail("connect");
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
      ssize_t got = recv(one->fd, one->bytes + one->waiting, sizeof(one->bytes) - one->waiting, 0);
      unsigned long answers;

      if (got <= 0)
        fail("recv");
      one->waiting += (size_t)got;
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
  printf("tcp-requests-per-second %lu %.0f\n", count, (double)(answered - warm) / (now - start));
  printf("tcp-request-time %lu %.0f\n", count, (used(argv[2]) - before) / (double)(answered - warm));
  return 0;
}
