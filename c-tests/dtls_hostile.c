/* Hostile peers of a DTLS endpoint: handshakes cut, changed, repeated and out of order, records of strangers, and many who
 * prove their address and go no further (hostile.md X25). Honest peers are served meanwhile, and little is kept. */
/* only: openssl */
/* flags: -lssl -lcrypto */
#include "dtls_peer.h"

static struct dtls_world world;
static struct dtls_peer honest;
static unsigned int asked;

static void
is_honest_one_served(void) {
  while (dtls_take(&honest))
    ;
  honest.in.length = 0;
  dtls_ask(&honest, CON, ++asked & 0xffff);
  dtls_post(&honest);
  EXPECT(dtls_answered(&honest, asked & 0xffff));
}

/* Something bad happens to a datagram on its way. */
static void
harm(struct dtls_datagram *d) {
  size_t i;

  switch (chance() % 6) {
  case 0: /* cut */
    d->length = 1 + chance() % d->length;
    break;
  case 1: /* changed */
    for (i = 1 + chance() % 4; i > 0; i--)
      d->bytes[chance() % d->length] ^= (uint8_t)(1 << chance() % 8);
    break;
  case 2: /* changed where the headers are */
    d->bytes[chance() % (d->length < 25 ? d->length : 25)] = (uint8_t)chance();
    break;
  case 3: /* longer */
    if (d->length + 40 < 1400)
      for (i = 0; i < 40; i++)
        d->bytes[d->length++] = (uint8_t)chance();
    break;
  case 4: /* a fragment that says it is of something long */
    if (d->length > 25) {
      d->bytes[14] = (uint8_t)(chance() % 2);
      d->bytes[15] = (uint8_t)chance();
    }
    break;
  default:
    break;
  }
}

/* A handshake on a bad line: what the client sends is lost, harmed, repeated, put off, put together. */
static void
bad_line(int how_bad) {
  struct dtls_peer peer;
  struct dtls_datagram late;
  int turn, i;

  late.length = 0;
  dtls_open(&peer, &world, KEY);
  for (turn = 0; turn < 12; turn++) {
    if (dtls_step(&peer) && peer.plain_length == 0 && !SSL_in_init(peer.ssl) && chance() % 2)
      dtls_ask(&peer, CON, 1);
    if (chance() % 8 == 0 && peer.out_count)
      dtls_post_together(&peer);
    for (i = 0; i < peer.out_count; i++) {
      struct dtls_datagram d = peer.out[i];

      if (late.length && chance() % 3 == 0) {
        dtls_send_bytes(&peer, late.bytes, late.length);
        late.length = 0;
      }
      if ((int)(chance() % 100) >= how_bad) {
        dtls_send_bytes(&peer, d.bytes, d.length);
        if (chance() % 4 == 0)
          dtls_send_bytes(&peer, d.bytes, d.length);
        continue;
      }
      if (chance() % 4 == 0) {
        late = d;
        continue;
      }
      harm(&d);
      dtls_send_bytes(&peer, d.bytes, d.length);
    }
    peer.out_count = 0;
    server_turn(&world.server);
    if (!dtls_take(&peer))
      break;
  }
  dtls_close(&peer);
}

/* Records of strangers, as if of any epoch, and such as only a session could have. */
static void
strangers(void) {
  struct dtls_peer peer;
  uint8_t bytes[200];
  size_t i, length;
  int round;

  dtls_open(&peer, &world, KEY);
  for (round = 0; round < 500; round++) {
    length = 1 + chance() % sizeof(bytes);
    for (i = 0; i < length; i++)
      bytes[i] = (uint8_t)chance();
    if (length > 14 && chance() % 2) {
      bytes[0] = (uint8_t)(20 + chance() % 5);
      bytes[1] = 0xfe;
      bytes[2] = (uint8_t)(0xfd + 2 * (chance() % 2));
      bytes[3] = 0;
      bytes[4] = (uint8_t)(chance() % 2);
      bytes[11] = 0;
      bytes[12] = (uint8_t)(length - 13);
      bytes[13] = (uint8_t)(chance() % 3);
    }
    dtls_send_bytes(&peer, bytes, length);
    server_turn(&world.server);
  }
  EXPECT(!dtls_session(&peer));
  dtls_close(&peer);
}

/* Hellos with something behind them that looks encrypted, from whoever, are not counted against the peer who comes next. */
static void
behind_hellos(void) {
  static const uint8_t record[14] = {23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0};
  struct dtls_peer stranger, next;
  struct dtls_datagram hello;
  int i;

  dtls_open(&stranger, &world, KEY);
  EXPECT(!dtls_step(&stranger));
  hello = stranger.out[0];
  memcpy(hello.bytes + hello.length, record, sizeof(record));
  hello.length += sizeof(record);
  for (i = 0; i < 40; i++) {
    dtls_send_bytes(&stranger, hello.bytes, hello.length);
    server_turn(&world.server);
  }
  EXPECT(!dtls_session(&stranger));
  dtls_open(&next, &world, KEY);
  EXPECT(dtls_handshake(&next));
  dtls_close(&stranger);
  dtls_close(&next);
}

/* Many who prove their address and leave it at that, or who go on with what nobody can read yet. */
static void
half_way(void) {
  enum { PEERS = 150, RECORDS = 150 };
  static struct dtls_peer peers[PEERS];
  static uint8_t record[1400] = {23, 0xfe, 0xfd, 0, 1};
  static uint8_t fragment[13 + 12 + 100] = {22, 0xfe, 0xfd, 0,    0, 0, 0, 0, 0, 1, 0, 0, 12 + 100,
                                            11, 0,    0x80, 0,    0, 0, 0, 0, 0, 0, 0, 100};
  size_t before, after;
  coap_tick_t now;
  int i, sessions = 0;

  world.server.context->max_handshake_sessions = 100;
  forget_events();
  for (i = 0; i < PEERS; i++) {
    dtls_open(&peers[i], &world, KEY);
    EXPECT(!dtls_step(&peers[i]));
    dtls_post(&peers[i]);
    EXPECT(dtls_await(&peers[i], PATIENCE));
    EXPECT(!dtls_step(&peers[i]));
    dtls_post(&peers[i]);
    EXPECT(dtls_await(&peers[i], PATIENCE));
  }
  for (i = 0; i < PEERS; i++)
    sessions += dtls_session(&peers[i]) != NULL;
  EXPECT_EQ(sessions, 100);
  EXPECT(event_count >= PEERS - 100);
  is_honest_one_served();
  before = heap_in_use();
  record[11] = (sizeof(record) - 13) >> 8;
  record[12] = (sizeof(record) - 13) & 0xff;
  for (i = 0; i < RECORDS; i++) {
    record[10] = (uint8_t)i;
    dtls_send_bytes(&peers[PEERS - 1], record, sizeof(record));
    server_turn(&world.server);
  }
  after = heap_in_use();
  printf("a peer who sends ahead of its handshake: %zu bytes more\n", after - before);
  EXPECT(dtls_session(&peers[PEERS - 1]) != NULL);
  EXPECT(after < before + 400000);
  is_honest_one_served();
  /* And one who sends the beginnings of long messages whose turn has not come: of 32 kB, the longest that there may be. */
  before = heap_in_use();
  for (i = 0; i < RECORDS; i++) {
    fragment[10] = (uint8_t)i;
    fragment[18] = (uint8_t)(3 + i % 32);
    dtls_send_bytes(&peers[PEERS - 2], fragment, sizeof(fragment));
    server_turn(&world.server);
  }
  after = heap_in_use();
  printf("a peer who begins many long messages: %zu bytes more\n", after - before);
  EXPECT(dtls_session(&peers[PEERS - 2]) != NULL);
  EXPECT(after < before + 400000);
  fragment[16] = 1;
  fragment[18] = 3;
  EXPECT(dtls_session(&peers[PEERS - 3]) != NULL);
  dtls_send_bytes(&peers[PEERS - 3], fragment, sizeof(fragment));
  server_turn(&world.server);
  EXPECT(!dtls_session(&peers[PEERS - 3]));
  is_honest_one_served();
  /* They are given up in time. */
  before = heap_in_use();
  coap_ticks(&now);
  for (i = 0; i < 40; i++)
    coap_io_prepare_epoll(world.server.context, now += 1000);
  for (i = 0, sessions = 0; i < PEERS; i++)
    sessions += dtls_session(&peers[i]) != NULL;
  EXPECT_EQ(sessions, 0);
  after = heap_in_use();
  printf("100 handshakes half-way: %zu bytes each\n", (before - after) / 100);
  EXPECT(before - after < 100 * 100000);
  is_honest_one_served();
  for (i = 0; i < PEERS; i++)
    dtls_close(&peers[i]);
  forget_events();
}

/* X25: records of a later epoch, in the name of a peer whose handshake is under way, do not keep that from ending. */
static void
spoofed(void) {
  enum { RECORDS = 200 };
  static uint8_t record[100] = {23, 0xfe, 0xfd, 0, 1};
  struct dtls_peer peer;
  int i;

  record[12] = sizeof(record) - 13;
  dtls_open(&peer, &world, KEY);
  for (i = 0; i < 2; i++) {
    EXPECT(!dtls_step(&peer));
    dtls_post(&peer);
    EXPECT(dtls_await(&peer, PATIENCE));
  }
  for (i = 0; i < RECORDS; i++) {
    record[10] = (uint8_t)i;
    dtls_send_bytes(&peer, record, sizeof(record));
    server_turn(&world.server);
  }
  EXPECT(dtls_handshake(&peer));
  dtls_ask(&peer, CON, 1);
  dtls_post(&peer);
  EXPECT(dtls_answered(&peer, 1));
  dtls_close(&peer);
}

/* X25: one who knows no key changes to keys of its own, and sends what would come after a further change. */
static void
one_epoch_further(void) {
  enum { RECORDS = 150 };
  static uint8_t record[1400] = {22, 0xfe, 0xfd, 0, 2};
  struct dtls_peer peer;
  size_t before, after;
  int i;

  dtls_open(&peer, &world, "another");
  for (i = 0; i < 2; i++) {
    EXPECT(!dtls_step(&peer));
    dtls_post(&peer);
    EXPECT(dtls_await(&peer, PATIENCE));
  }
  while (!peer.out_count && !dtls_step(&peer))
    if (!peer.out_count && !dtls_await(&peer, PATIENCE))
      break;
  EXPECT(peer.out_count > 0);
  dtls_post(&peer);
  server_turn(&world.server);
  before = heap_in_use();
  record[11] = (sizeof(record) - 13) >> 8;
  record[12] = (sizeof(record) - 13) & 0xff;
  for (i = 0; i < RECORDS; i++) {
    record[10] = (uint8_t)i;
    dtls_send_bytes(&peer, record, sizeof(record));
    server_turn(&world.server);
  }
  after = heap_in_use();
  printf("a peer without a key who sends one epoch further: %zu bytes more\n", after - before);
  EXPECT(dtls_session(&peer) != NULL);
  EXPECT(after < before + 400000);
  dtls_close(&peer);
}

int
main(void) {
  coap_session_t *session;
  coap_tick_t now;
  int i;

  coap_set_log_level(LOG_EMERG);
  world_start(&world);
  dtls_open(&honest, &world, KEY);
  EXPECT(dtls_handshake(&honest));
  is_honest_one_served();
  strangers();
  behind_hellos();
  is_honest_one_served();
  spoofed();
  is_honest_one_served();
  one_epoch_further();
  is_honest_one_served();
  for (i = 0; i < 300; i++) {
    bad_line(i % 60);
    if (i % 20 == 0)
      is_honest_one_served();
  }
  /* Those of bad lines end, lest a new peer has the port of one. */
  session = coap_session_reference(dtls_session(&honest));
  coap_ticks(&now);
  coap_io_prepare_epoll(world.server.context, now + 400000);
  coap_io_prepare_epoll(world.server.context, now + 400000);
  half_way();
  coap_session_release(session);
  EXPECT_ALIVE(&world.server);
  dtls_close(&honest);
  world_stop(&world);
  return expect_done();
}
