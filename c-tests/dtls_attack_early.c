/* Records whose turn has not come, behind ones that do not matter in the same datagram: what is kept of them is bounded
 * (hostile.md X25). */
/* only: openssl */
/* no valgrind: it counts bytes of heap, which are 0 there */
/* no sanitizer: it counts bytes of heap */
/* flags: -lssl -lcrypto */
#include <malloc.h>

#include "dtls_peer.h"

#define DATAGRAMS 90
#define PEERS 10

static size_t
heap(void) {
  struct mallinfo2 now = mallinfo2();

  return now.uordblks + now.hblkhd;
}

/* A record of no use: of another protocol. Behind it, or inside, a handshake record of the next epoch. */
static void
two_records(struct dtls_peer *peer, int number, int inside) {
  uint8_t bytes[100];
  const size_t at = 13;

  memset(bytes, 0, sizeof(bytes));
  memcpy(bytes, "\x16\x7e\xfd", 3);
  bytes[12] = inside ? 61 : 0;
  memcpy(bytes + at, "\x16\xfe\xfd\0\1\0\0\0\0\0", 10);
  bytes[at + 10] = (uint8_t)number;
  bytes[at + 12] = 48;
  dtls_send_bytes(peer, bytes, at + 13 + 48);
}

int
main(void) {
  static struct dtls_peer peers[PEERS];
  struct dtls_world world;
  size_t before, after;
  int i, k;

  coap_set_log_level(LOG_EMERG);
  world_start(&world);
  for (i = 0; i < PEERS; i++) {
    dtls_open(&peers[i], &world, KEY);
    /* Up to the server's first flight. */
    EXPECT(!dtls_step(&peers[i]));
    dtls_post(&peers[i]);
    EXPECT(dtls_await(&peers[i], PATIENCE));
    EXPECT(!dtls_step(&peers[i]));
    dtls_post(&peers[i]);
    EXPECT(dtls_await(&peers[i], PATIENCE));
  }
  before = heap();
  for (i = 0; i < PEERS; i++)
    for (k = 1; k <= DATAGRAMS; k++) {
      two_records(&peers[i], k, k % 2);
      server_turn(&world.server);
    }
  after = heap();
  printf("%ld bytes for each of %d handshakes\n", ((long)after - (long)before) / PEERS, PEERS);
  EXPECT(after < before + PEERS * 17 * 20000);
  EXPECT_EQ(event_count, 0);
  for (i = 0; i < PEERS; i++)
    dtls_close(&peers[i]);
  /* An honest one is served. */
  dtls_open(&peers[0], &world, KEY);
  EXPECT(dtls_handshake(&peers[0]));
  dtls_ask(&peers[0], CON, 1);
  dtls_post(&peers[0]);
  EXPECT(dtls_answered(&peers[0], 1));
  dtls_close(&peers[0]);
  world_stop(&world);
  return expect_done();
}
