/* no valgrind: it compares times */
/* R20: what a registration, a cancellation, an ACK or an RST costs does not grow with the observers that others have. */
#include "observer.h"

static struct server server;

#define SESSIONS 160
#define RESOURCES 100
#define ROUNDS 40

/* Processor time for a flood of messages of one observer, in microseconds. */
static long
flood(struct peer *peer) {
  static struct datagram d;
  struct timespec before, after;
  struct reply r;
  unsigned int i, j;
  long spent = 0;

  for (i = 0; i < ROUNDS; i++) {
    for (j = 0; j < 60; j++) {
      if (j % 3)
        request(&d, j % 3 == 1 ? RST : ACK, EMPTY, chance() & 0xffff, "");
      else
        observe_request(&d, NON, GET, "mine", "r0", "mine", j & 1);
      peer_send(peer, &d);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    server_turn(&server);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    spent += (after.tv_sec - before.tv_sec) * 1000000L + (after.tv_nsec - before.tv_nsec) / 1000;
    while (take(peer->fd, &r))
      continue;
  }
  return spent;
}

int
main(void) {
  static struct peer peers[SESSIONS];
  struct peer peer;
  struct reply r;
  char name[16], token[16], query[16];
  unsigned int i, j, made = 0;
  long few, many;

  server_start(&server);
  for (i = 0; i < RESOURCES; i++) {
    sprintf(name, "r%u", i);
    watch_resource(&server, name);
  }
  peer_open(&peer, &server);
  observe(&peer, &r, "mine", "r0", "mine", 0);
  flood(&peer);
  few = flood(&peer);
  for (i = 0; i < SESSIONS; i++) {
    peer_open(&peers[i], &server);
    for (j = 0; j < 120; j++, made++) {
      sprintf(name, "r%u", made % RESOURCES);
      sprintf(token, "%u", j);
      sprintf(query, "%u", j);
      if (observe(&peers[i], &r, token, name, query, 0) != 0)
        break;
    }
  }
  EXPECT_EQ(made, SESSIONS * 120);
  many = flood(&peer);
  printf("%u messages: %ld us alone, %ld us among %u observers\n", ROUNDS * 60, few, many, made);
  EXPECT(many < 4 * few + 20000);
  server_stop(&server);
  for (i = 0; i < SESSIONS; i++)
    peer_close(&peers[i]);
  peer_close(&peer);
  return expect_done();
}
