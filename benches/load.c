/* Asks a server on 127.0.0.1 for /hello as fast as it answers: some sockets, each with one request outstanding. Prints
 * the answers per second, and how many there were. Uses no CoAP library, so that it costs the same whoever is asked.
 *
 *     load port sockets requests seconds      ends after so many requests or seconds, whichever comes first
 *
 * The first tenth of the requests warms things up and does not count.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_SOCKETS 1000

struct client {
  int fd;
  uint16_t mid;
  double sent;
};

static struct client clients[MOST_SOCKETS];

static double
seconds(void) {
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* CON GET /hello with a token that repeats the message id. */
static void
ask(struct client *client, double now) {
  uint8_t message[] = {0x42, 0x01, 0, 0, 0, 0, 0xb5, 'h', 'e', 'l', 'l', 'o'};

  message[2] = message[4] = (uint8_t)(client->mid >> 8);
  message[3] = message[5] = (uint8_t)client->mid;
  client->sent = now;
  if (send(client->fd, message, sizeof(message), 0) < 0)
    perror("send");
}

int
main(int argc, char **argv) {
  struct epoll_event events[64];
  struct sockaddr_in server;
  unsigned long sockets, requests, warm, answered = 0, lost = 0, i;
  double start, now, limit;
  int epoll = epoll_create1(0), ready;
  uint8_t answer[64];

  if (argc != 5)
    return 2;
  memset(&server, 0, sizeof(server));
  server.sin_family = AF_INET;
  server.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockets = strtoul(argv[2], NULL, 10);
  requests = strtoul(argv[3], NULL, 10);
  limit = strtod(argv[4], NULL);
  warm = requests / 10; /* answered before the clock starts */
  if (sockets < 1 || sockets > MOST_SOCKETS || epoll < 0)
    return 2;
  for (i = 0; i < sockets; i++) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};

    clients[i].fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (clients[i].fd < 0 || connect(clients[i].fd, (struct sockaddr *)&server, sizeof(server)) < 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event) < 0) {
      perror("socket");
      return 1;
    }
  }
  start = now = seconds();
  for (i = 0; i < sockets; i++)
    ask(&clients[i], now);
  while (answered < requests && now - start < limit) {
    ready = epoll_wait(epoll, events, 64, 100);
    now = seconds();
    for (i = 0; ready > 0 && i < (unsigned long)ready; i++) {
      struct client *client = events[i].data.ptr;
      ssize_t got = recv(client->fd, answer, sizeof(answer), 0);

      /* an ACK with 2.05, this message id and this token */
      if (got < 6 || answer[0] != 0x62 || answer[1] != 0x45 || answer[2] != client->mid >> 8 ||
          answer[3] != (client->mid & 0xff) || answer[4] != answer[2] || answer[5] != answer[3])
        continue;
      if (++answered == warm)
        start = now;
      client->mid++;
      ask(client, now);
    }
    if (ready <= 0) /* quiet for 0.1 s: somebody's request or answer was lost */
      for (i = 0; i < sockets; i++)
        if (now - clients[i].sent > 0.5) {
          lost++;
          ask(&clients[i], now);
        }
  }
  if (lost)
    fprintf(stderr, "load: %lu requests sent again\n", lost);
  if (answered <= warm) {
    fprintf(stderr, "load: too few answers\n");
    return 1;
  }
  printf("requests-per-second %lu %.0f\n", sockets, (double)(answered - warm) / (now - start));
  printf("answers %lu %lu\n", sockets, answered);
  return 0;
}
