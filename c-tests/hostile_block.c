/* Block-wise transfers from peers that do not play by the rules: hostile.md X29 to X34. */
#define _GNU_SOURCE
#include "peer.h"

static struct datagram d;
static int bodies, wrong_bodies, releases;
static size_t last_length;
static int last_salt = -1;
static int whole_bodies; /* block mode 3 */

/* The byte at a position of a body. It depends on the body, too, so that a byte of another body, of another position,
 * or of no body at all is seen. 251 is prime: no block size repeats the pattern. */
static uint8_t
pattern(unsigned int salt, size_t position) {
  return (uint8_t)((position * 7 + salt * 131 + position / 251) % 251 + 1);
}

/* Whether these bytes are a piece of a body that was sent; tells which. */
static int
salt_of(const uint8_t *data, size_t length, size_t offset) {
  unsigned int salt;
  size_t i;

  for (salt = 0; salt < 16; salt++) {
    for (i = 0; i < length && data[i] == pattern(salt, offset + i); i++)
      ;
    if (i == length)
      return (int)salt;
  }
  return -1;
}

static void
handle_put(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
           coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  size_t length = 0, offset = 0, total = 0;
  const uint8_t *data = NULL;

  (void)context, (void)resource, (void)session, (void)token, (void)query;
  coap_get_data_large(req, &length, &data, &offset, &total);
  bodies++;
  last_length = length;
  last_salt = salt_of(data, length, offset);
  if (last_salt < 0)
    wrong_bodies++;
  response->code = COAP_RESPONSE_CODE_CHANGED;
}

static void
release(coap_session_t *session, void *count) {
  (void)session;
  ++*(int *)count;
  releases++;
}

static int release_count[256];
static int large_bodies;
static uint8_t large[4000];

static void
handle_get(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
           coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  coap_add_data_large_response(resource, session, req, response, token, query, 0, -1, 0, sizeof(large), large, release,
                               &release_count[large_bodies++ & 255]);
}

/* Block `num` of the body `salt`: `length` bytes at num * size. */
static void
make_block(unsigned int mid, const char *name, const char *query, unsigned int salt, unsigned long num,
           unsigned int more, unsigned int szx, size_t length, long size1) {
  size_t start = num << (szx + 4), i;

  request(&d, CON, PUT, mid, "b");
  path(&d, name);
  if (query)
    option(&d, COAP_OPTION_URI_QUERY, query, strlen(query));
  block(&d, COAP_OPTION_BLOCK1, num, more, szx);
  if (size1 >= 0)
    option_uint(&d, COAP_OPTION_SIZE1, (unsigned long)size1);
  if (length > 0)
    append_byte(&d, COAP_PAYLOAD_START);
  for (i = 0; i < length; i++)
    append_byte(&d, pattern(salt, start + i));
}

static unsigned int
ask(struct peer *peer, struct reply *r) {
  peer_send(peer, &d);
  expect_made++;
  if (await(peer->server, peer->fd, r, PATIENCE) && parse(r))
    return r->code;
  expect_failed++;
  printf("a block is not answered: ");
  print_bytes(d.bytes, d.length);
  printf("\n");
  return 0xff00;
}

/* What a block may be answered with: 2.31, 2.04, an empty ACK, 4.00, 4.08, 4.13, 5.00 (random access). */
static int
legitimate(unsigned int code) {
  return code == 0x5f || code == 0x44 || code == 0 || code == 0x80 || code == 0x88 || code == 0x8d || code == 0xa0;
}

/* X29: whatever sequence of blocks arrives, the handler sees bytes that were sent, in their places. */
static void
any_sequence(struct server *server) {
  struct peer peer;
  struct reply r;
  unsigned int round, step, mid = 0;

  peer_open(&peer, server);
  for (round = 0; round < 60; round++) {
    unsigned int salt = round % 16, szx = chance() % 3, blocks = 2 + chance() % 8;
    char query[16]; /* each round its own upload: what one refuses cannot end up in the next */
    long size1 = chance() % 3 ? (long)(blocks << (szx + 4)) + (long)(chance() % 40) - 20 : -1;

    snprintf(query, sizeof(query), "round=%u", round);
    for (step = 0; step < 30; step++) {
      unsigned int num = step == 0 ? 0 : chance() % (blocks + 2);
      unsigned int more = num + 1 < blocks;
      size_t length = (size_t)16 << szx;

      switch (chance() % 12) {
      case 0:
        szx = chance() % 8; /* 7 is reserved over datagrams */
        length = (size_t)16 << (szx < 7 ? szx : 6);
        if (length > 900)
          length = 900;
        break;
      case 1:
        length = chance() % (length + 1); /* short */
        break;
      case 2:
        length += chance() % 20; /* long */
        break;
      case 3:
        num = 0xfffff - chance() % 3; /* far ahead */
        break;
      case 4:
        more = !more;
        break;
      case 5:
        salt = (salt + (num == 0)) % 16; /* another body begins */
        break;
      default:
        break;
      }
      make_block(mid++ & 0xffff, "sink", query, salt, num, more, szx, length, size1);
      EXPECT(legitimate(ask(&peer, &r)));
      if (szx > 2)
        szx = chance() % 3;
    }
  }
  EXPECT_EQ(wrong_bodies, 0);
  EXPECT_ALIVE(server);
  peer_close(&peer);
}

/* X29, X32: the plain case, with and without Size1, and with wrong ones (X30: it is a hint). */
static void
plain(struct server *server, unsigned int blocks, long size1, unsigned int first_mid) {
  struct peer peer;
  struct reply r;
  unsigned int i;
  int before = bodies;

  peer_open(&peer, server);
  for (i = 0; i < blocks; i++) {
    make_block(first_mid + i, "sink", NULL, 3, i, i + 1 < blocks, 2, i + 1 < blocks ? 64 : 10, size1);
    EXPECT_EQ(ask(&peer, &r), i + 1 < blocks ? 0x5f : 0x44);
  }
  EXPECT_EQ(last_salt, 3);
  EXPECT_EQ(bodies, before + (whole_bodies ? 1 : (int)blocks));
  EXPECT_EQ(last_length, whole_bodies ? (blocks - 1) * 64 + 10 : 10);
  peer_close(&peer);
}

/* X30: announced sizes allocate nothing; bodies, and their number, are bounded. */
static void
bounds(struct server *server) {
  struct peer peer;
  struct reply r;
  char query[16];
  size_t before;
  unsigned int i, code = 0;
  unsigned long num;
  int under_valgrind = getenv("LD_PRELOAD") && strstr(getenv("LD_PRELOAD"), "vgpreload");

  peer_open(&peer, server);
  EXPECT_ALIVE(server);
  before = heap_in_use();
  for (i = 0; i < 20; i++) {
    snprintf(query, sizeof(query), "q=%u", i);
    make_block(i, "sink", query, 1, 0, 1, 6, 1024, 0xffffffffL - (long)i);
    EXPECT(legitimate(ask(&peer, &r)));
    server_run(server, 2, NULL); /* a tick later, so that it is clear which one is the oldest */
  }
  EXPECT(heap_in_use() < before + 256 * 1024);
  /* Of these uploads the newest four can go on; the older ones are told so. */
  if (whole_bodies) {
    for (i = 0; i < 20; i++) {
      snprintf(query, sizeof(query), "q=%u", i);
      make_block(100 + i, "sink", query, 1, 1, 1, 6, 1024, -1);
      code = ask(&peer, &r);
      EXPECT(i < 16 ? legitimate(code) : code == 0x5f);
    }
    EXPECT(heap_in_use() < before + 256 * 1024);
  }
  EXPECT_EQ(wrong_bodies, 0);
  if (whole_bodies && !under_valgrind) {
    /* More than 16 MiB: 4.13 with Size1. */
    for (num = 0; num < 17 * 1024; num++) {
      make_block((unsigned int)(1000 + num), "sink", "endless", 2, num, 1, 6, 1024, -1);
      peer_send(&peer, &d);
      if (!await(server, peer.fd, &r, PATIENCE) || !parse(&r) || r.code != 0x5f)
        break;
    }
    EXPECT_EQ(r.code, 0x8d);
    EXPECT(reply_option(&r, COAP_OPTION_SIZE1) > 0);
    EXPECT(num >= 16 * 1024 - 1 && num <= 16 * 1024);
    EXPECT(heap_in_use() < before + 1024 * 1024);
  }
  EXPECT_ALIVE(server);
  peer_close(&peer);
}

/* X31: two clients, two resources and two queries never share a body; block 0 begins afresh. */
static void
told_apart(struct server *server) {
  static const char *const names[] = {"sink", "other", "sink", "sink"};
  static const char *const queries[] = {NULL, NULL, "x=1", "x=2"};
  struct peer peers[2];
  struct reply r;
  unsigned int p, way, num;
  int before = bodies;

  for (p = 0; p < 2; p++)
    peer_open(&peers[p], server);
  for (num = 0; num < 4; num++) {
    for (way = 0; way < 4; way++) {
      for (p = 0; p < 2; p++) {
        make_block(0x3100 + 16 * num + way, names[way], queries[way], way * 2 + p, num, num < 3, 2, 64, 256);
        EXPECT_EQ(ask(&peers[p], &r), num < 3 ? 0x5f : 0x44);
        if (num == 3 || !whole_bodies)
          EXPECT_EQ(last_salt, way * 2 + p);
      }
    }
  }
  EXPECT_EQ(bodies - before, whole_bodies ? 8 : 32);
  /* A broken-off upload, then another one: nothing of the first is in the second. */
  for (num = 0; num < 3; num++) {
    make_block(0x3180 + num, "sink", NULL, 9, num, 1, 2, 64, -1);
    EXPECT_EQ(ask(&peers[0], &r), 0x5f);
  }
  for (num = 0; num < 2; num++) {
    make_block(0x3190 + num, "sink", NULL, 10, num, num < 1, 2, 64, -1);
    EXPECT_EQ(ask(&peers[0], &r), num < 1 ? 0x5f : 0x44);
  }
  EXPECT_EQ(last_salt, 10);
  if (whole_bodies)
    EXPECT_EQ(last_length, 128);
  EXPECT_EQ(wrong_bodies, 0);
  for (p = 0; p < 2; p++)
    peer_close(&peers[p]);
}

/* X33, X34: each body that is handed over is released once; a peer cannot make us hold many. */
static void
released_once(struct server *server) {
  struct peer peer;
  struct reply r;
  char query[16];
  unsigned int i;

  peer_open(&peer, server);
  for (i = 0; i < 200; i++) {
    request(&d, CON, GET, 0x3300 + i, "g");
    path(&d, "large");
    snprintf(query, sizeof(query), "q=%u", i);
    option(&d, COAP_OPTION_URI_QUERY, query, strlen(query));
    if (i % 5 == 1)
      block(&d, COAP_OPTION_BLOCK2, 0, 0, i % 7);     /* a block of some size */
    else if (i % 5 == 2)
      block(&d, COAP_OPTION_BLOCK2, 2, 0, 3);         /* one in the middle */
    else if (i % 5 == 3)
      block(&d, COAP_OPTION_BLOCK2, 0xfffff, 0, 6);   /* one beyond the end */
    else if (i % 5 == 4)
      block(&d, COAP_OPTION_BLOCK2, 4000 / 16 - 1, 0, 0); /* the last one */
    ask(&peer, &r);
    EXPECT(r.code == 0x45 || r.code == 0x80 || r.code == 0xa0);
    EXPECT(large_bodies - releases <= 64);
  }
  EXPECT_ALIVE(server);
  peer_close(&peer);
}

/* X33: and so are those of requests that fail. */
static void
requests_released_once(struct server *server) {
  static const size_t lengths[] = {0, 1, 100, 1100, sizeof(large)};
  static int counts[64];
  coap_session_t *session;
  coap_pdu_t *pdu;
  unsigned int mode, mtu, length, used = 0, i;
  uint16_t port;
  int sink = silent_socket(&port);

  memset(counts, 0, sizeof(counts));
  for (mode = 0; mode < 4; mode += 1 + (mode == 1)) {
    coap_context_set_block_mode(server->context, (uint8_t)mode);
    for (mtu = 0; mtu < 3; mtu++) {
      for (length = 0; length < sizeof(lengths) / sizeof(lengths[0]); length++) {
        session = client_session(server, port, COAP_PROTO_UDP);
        EXPECT(session != NULL);
        coap_session_set_mtu(session, mtu == 0 ? 16 : mtu == 1 ? 64 : 1152);
        pdu = coap_pdu_init(NON, PUT, coap_new_message_id(session), coap_session_max_pdu_size(session));
        EXPECT(pdu != NULL);
        coap_add_token(pdu, 1, (const uint8_t *)"r");
        coap_add_option(pdu, COAP_OPTION_URI_PATH, 6, (const uint8_t *)"nobody");
        coap_add_data_large_request(session, pdu, lengths[length], large, release, &counts[used++]);
        if (length % 2)
          coap_send_large(session, pdu);
        else
          coap_delete_pdu(pdu);
        coap_session_release(session);
      }
    }
  }
  for (i = 0; i < used; i++)
    EXPECT_EQ(counts[i], 1);
  close(sink);
}

int
main(void) {
  static const uint8_t modes[] = {COAP_BLOCK_USE_LIBCOAP, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY};
  struct server server;
  size_t mode;
  int i;

  coap_set_log_level(LOG_EMERG);
  for (mode = 0; mode < 2; mode++) {
    whole_bodies = modes[mode] & COAP_BLOCK_SINGLE_BODY;
    server_start(&server);
    coap_context_set_block_mode(server.context, modes[mode]);
    server_resource(&server, "sink", COAP_REQUEST_PUT, handle_put);
    server_resource(&server, "other", COAP_REQUEST_PUT, handle_put);
    server_resource(&server, "large", COAP_REQUEST_GET, handle_get);
    plain(&server, 5, 4 * 64 + 10, 0x2900);
    plain(&server, 5, -1, 0x2910);
    plain(&server, 5, 1, 0x2920);
    plain(&server, 5, 1000000, 0x2930);
    told_apart(&server);
    any_sequence(&server);
    bounds(&server);
    large_bodies = releases = 0;
    memset(release_count, 0, sizeof(release_count));
    released_once(&server);
    requests_released_once(&server);
    EXPECT_ALIVE(&server);
    server_stop(&server);
    for (i = 0; i < large_bodies; i++)
      EXPECT_EQ(release_count[i], 1);
  }
  return expect_done();
}
