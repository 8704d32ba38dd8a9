/* Malformed and odd messages from raw peers: hostile.md X1, X4, X5, X6, X7, X9. */
#define _GNU_SOURCE
#include "peer.h"

static struct datagram d;
static int puts_handled, lines;
static size_t max_pdu;

static void
handle_put(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
           coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)req, (void)token, (void)query;
  puts_handled++;
  max_pdu = coap_session_max_pdu_size(session);
  response->code = COAP_RESPONSE_CODE_CHANGED;
}

static void
swallow(coap_log_t level, const char *message) {
  (void)level;
  lines += message[0] != '\0';
}

/* An RST that carries the message id of what was sent, and nothing else. */
static void
expect_reset(struct peer *peer, unsigned int mid) {
  struct reply r;

  if (EXPECT_REPLY(peer, &r, RST, 0)) {
    EXPECT_EQ(r.mid, mid);
    EXPECT_EQ(r.length, 4);
  }
}

/* X1: whatever bytes come, with everything logged, the server lives and does not grow. */
static void
odd_bytes(struct server *server) {
  static const char *const seeds[] = {
      "40 01 1234",                                      /* GET / */
      "44 01 1234 01020304 b5 70726f6265",               /* GET /probe */
      "48 03 1234 0102030405060708 b1 70 d1 03 0a ff 00", /* PUT /p with Block1 */
      "40 01 1234 60 51 70 81 71",                       /* Observe, path, query */
      "40 01 1234 bb 2e77656c6c2d6b6e6f776e 04 636f7265", /* .well-known/core */
      "40 01 1234 bb 2e77656c6c2d6b6e6f776e 04 636f7265 47 72743d2a2a2a2a", /* and a filter */
      "60 45 1234 ff 68", "70 00 1234", "50 e1 1234 20", /* ACK, RST, signalling */
      "40 01 1234 dd 16 03 636f61703a2f2f612f62",        /* Proxy-Uri, cut */
      "40 05 1234 d1 04 07 e0 ff00", "40 01 1234 e3 fe f2 616263", "40 01 1234 ee ffff ffff",
  };
  struct peer peer;
  struct reply r;
  size_t before, i, round;

  coap_set_log_handler(swallow);
  coap_set_log_level(LOG_DEBUG);
  coap_set_show_pdu_output(0); /* dumps go to the log handler too */
  peer_open(&peer, server);
  EXPECT_ALIVE(server);
  before = heap_in_use();
  for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
    /* each seed cut at every byte ... */
    datagram_hex(&d, seeds[i]);
    for (; d.length > 0; d.length--) {
      peer_send(&peer, &d);
      server_turn(server);
      while (take(peer.fd, &r))
        ;
    }
    /* ... and with some bytes changed */
    for (round = 0; round < 200; round++) {
      uint32_t changes = 1 + chance() % 4;

      datagram_hex(&d, seeds[i]);
      while (changes--)
        d.bytes[chance() % d.length] = (uint8_t)chance();
      if (chance() % 4 == 0)
        payload_of(&d, 0xff, chance() % 40);
      d.bytes[2] = (uint8_t)chance();
      peer_send(&peer, &d);
      server_turn(server);
      while (take(peer.fd, &r))
        ;
    }
    EXPECT_ALIVE(server);
  }
  for (round = 0; round < 2000; round++) { /* and plain noise */
    d.length = 0;
    for (i = chance() % 64; i > 0; i--)
      append_byte(&d, chance());
    peer_send(&peer, &d);
    server_turn(server);
    while (take(peer.fd, &r))
      ;
  }
  EXPECT_ALIVE(server);
  EXPECT(heap_in_use() < before + 4 * 1024 * 1024);
  EXPECT(lines > 0);
  peer_close(&peer);
  coap_set_show_pdu_output(1);
  coap_set_log_level(LOG_EMERG);
}

/* X4: unknown versions are ignored; ACK and RST are never answered by RST; an RST has the message id received. */
static void
versions_and_resets(struct server *server) {
  static const char *const malformed[] = {
      "b5 70726f62",          /* an option longer than the message */
      "f0",                   /* delta 15 without being the payload marker */
      "0f",                   /* length 15 */
      "ff",                   /* a payload marker without payload */
      "e0 ffff 10",           /* a number beyond 65535 (X2) */
  };
  struct peer peer;
  struct reply r;
  unsigned int version, type, i;

  peer_open(&peer, server);
  for (version = 0; version < 4; version++) {
    for (type = CON; type <= RST && version != 1; type++) {
      request(&d, type, GET, 0x0400 + version, "v");
      path(&d, "probe");
      d.bytes[0] = (uint8_t)((d.bytes[0] & 0x3f) | version << 6);
      peer_send(&peer, &d);
      EXPECT_SILENCE(&peer);
    }
  }
  for (type = CON; type <= RST; type++) {
    for (i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
      request(&d, type, GET, 0x0500 + 16 * i + type, "m");
      append_hex(&d, malformed[i]);
      peer_send(&peer, &d);
      if (type == CON || type == NON)
        expect_reset(&peer, 0x0500 + 16 * i + type);
      else
        EXPECT_SILENCE(&peer);
    }
    request(&d, type, GET, 0x0600 + type, ""); /* a token longer than 8 */
    d.bytes[0] |= 9;
    append(&d, "123456789", 9);
    peer_send(&peer, &d);
    if (type == CON || type == NON)
      expect_reset(&peer, 0x0600 + type);
    else
      EXPECT_SILENCE(&peer);
  }
  /* An ACK or RST that carries a request is ignored, an unmatched response in an ACK too. */
  for (type = ACK; type <= RST; type++) {
    request(&d, type, GET, 0x0700 + type, "a");
    path(&d, "probe");
    peer_send(&peer, &d);
    EXPECT_SILENCE(&peer);
    request(&d, type, 0x45, 0x0710 + type, "a");
    peer_send(&peer, &d);
    EXPECT_SILENCE(&peer);
    request(&d, type, EMPTY, 0x0720 + type, "");
    peer_send(&peer, &d);
    EXPECT_SILENCE(&peer);
  }
  request(&d, CON, GET, 0x0777, "z");
  path(&d, "probe");
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 205);
  peer_close(&peer);
}

/* X4: nothing sent to a multicast address is answered by RST. */
static void
multicast(struct server *server) {
  static const char *const messages[] = {
      "40 01 0801 b5 70726f62",   /* malformed CON */
      "50 01 0802 f0",            /* malformed NON */
      "40 00 0803",               /* ping */
      "50 01 0804 90",            /* unknown critical option in a NON */
      "50 e1 0805",               /* signalling */
  };
  struct server open = *server;
  coap_context_t *context = coap_new_context(NULL);
  struct in_addr loopback = {htonl(INADDR_LOOPBACK)};
  struct sockaddr_in group;
  coap_address_t listen;
  coap_endpoint_t *endpoint;
  const char *colon;
  struct reply r;
  size_t i;
  int fd;

  coap_address_init(&listen);
  listen.size = sizeof(listen.addr.sin);
  listen.addr.sin.sin_family = AF_INET;
  endpoint = coap_new_endpoint(context, &listen, COAP_PROTO_UDP);
  EXPECT(endpoint != NULL);
  colon = strrchr(coap_endpoint_str(endpoint), ':');
  fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  memset(&group, 0, sizeof(group));
  group.sin_family = AF_INET;
  group.sin_port = htons((uint16_t)strtoul(colon ? colon + 1 : "0", NULL, 10));
  group.sin_addr.s_addr = inet_addr("224.0.1.187");
  if (coap_join_mcast_group_intf(context, "224.0.1.187", "lo") != 0 ||
      setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &loopback, sizeof(loopback)) != 0) {
    printf("multicast: skipped, this machine does not let us join\n");
  } else {
    open.context = context;
    for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
      datagram_hex(&d, messages[i]);
      EXPECT_EQ(sendto(fd, d.bytes, d.length, 0, (struct sockaddr *)&group, sizeof(group)), d.length);
      server_turn(&open);
      EXPECT(!await(&open, fd, &r, 20));
    }
  }
  close(fd);
  coap_free_context(context);
}

/* X5: signalling codes, and code classes 1 and 6, mean nothing over datagrams. */
static void
signalling(struct server *server) {
  static const unsigned int codes[] = {0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe0, 0xff, 0x20, 0x3f, 0xc0, 0xdf};
  struct peer peer;
  struct reply r;
  unsigned int i;

  peer_open(&peer, server);
  for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
    request(&d, CON, codes[i], 0x0900 + i, "");
    if (codes[i] == 0xe1)
      append_hex(&d, "21 20"); /* Max-Message-Size 32 */
    peer_send(&peer, &d);
    expect_reset(&peer, 0x0900 + i);
    request(&d, NON, codes[i], 0x0940 + i, "");
    if (codes[i] == 0xe1)
      append_hex(&d, "21 20");
    peer_send(&peer, &d);
    EXPECT_SILENCE(&peer);
    request(&d, ACK, codes[i], 0x0980 + i, "");
    peer_send(&peer, &d);
    EXPECT_SILENCE(&peer);
  }
  request(&d, CON, PUT, 0x09f0, "s");
  path(&d, "sink");
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 204);
  EXPECT_EQ(max_pdu, COAP_DEFAULT_MTU - 4); /* no "CSM" has changed it */
  peer_close(&peer);
}

/* X6: a critical option that may not repeat, repeated, is an unknown critical option; an elective one is ignored. */
static void
repeated_options(struct server *server) {
  static const unsigned int once[] = {COAP_OPTION_URI_HOST, COAP_OPTION_URI_PORT, COAP_OPTION_ACCEPT};
  static const char *const values[] = {"localhost", "\x16\x33", ""};
  struct peer peer;
  struct reply r;
  unsigned int i, type, twice;

  peer_open(&peer, server);
  for (i = 0; i < 3; i++) {
    for (type = CON; type <= NON; type++) {
      request(&d, type, GET, 0x0a00 + 16 * i + type, "r");
      for (twice = 0; once[i] < COAP_OPTION_URI_PATH && twice < 2; twice++)
        option(&d, once[i], values[i], strlen(values[i]));
      path(&d, "probe");
      for (twice = 0; once[i] > COAP_OPTION_URI_PATH && twice < 2; twice++)
        option(&d, once[i], values[i], strlen(values[i]));
      peer_send(&peer, &d);
      if (type == CON)
        EXPECT_REPLY(&peer, &r, ACK, 402);
      else
        expect_reset(&peer, 0x0a00 + 16 * i + type);
    }
  }
  request(&d, CON, GET, 0x0a80, "r");
  path(&d, "probe");
  option_uint(&d, COAP_OPTION_CONTENT_FORMAT, 40); /* elective */
  option_uint(&d, COAP_OPTION_CONTENT_FORMAT, 41);
  option(&d, COAP_OPTION_URI_QUERY, "a", 1); /* may repeat */
  option(&d, COAP_OPTION_URI_QUERY, "b", 1);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 205);
  peer_close(&peer);
}

/* X7: 1,024 options are fine, one more is not. */
static void
many_options(struct server *server) {
  struct peer peer;
  struct reply r;
  unsigned int i, extra;

  peer_open(&peer, server);
  for (extra = 0; extra < 2; extra++) {
    request(&d, CON, GET, 0x0b00 + extra, "o");
    for (i = 1; i < 1024 + extra; i++)
      option(&d, COAP_OPTION_IF_MATCH, "", 0);
    path(&d, "probe");
    peer_send(&peer, &d);
    if (extra == 0) {
      EXPECT_REPLY(&peer, &r, ACK, 205);
    } else {
      EXPECT(await(server, peer.fd, &r, PATIENCE) && parse(&r) && r.mid == 0x0b01);
      EXPECT(r.type == RST || (r.type == ACK && r.code == 0x82));
    }
  }
  EXPECT_ALIVE(server);
  peer_close(&peer);
}

/* X9: a datagram larger than the receive buffer is not processed cut. */
static void
oversized(struct server *server) {
  static const size_t lengths[] = {1153, 1400, 1472, 1473, 1474, 2000, 9000, 65000};
  struct peer peer;
  struct reply r;
  size_t i;
  int before = puts_handled;

  peer_open(&peer, server);
  for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
    request(&d, CON, PUT, (unsigned int)(0x0c00 + i), "big");
    path(&d, "sink");
    payload_of(&d, 'x', lengths[i] - d.length - 1);
    EXPECT_EQ(d.length, lengths[i]);
    peer_send(&peer, &d);
    EXPECT_ALIVE(server);
    if (take(peer.fd, &r)) /* silence is fine, and so is an RST with its message id (E6) */
      EXPECT(parse(&r) && r.type == RST && r.mid == 0x0c00 + i);
  }
  EXPECT_EQ(puts_handled, before);
  request(&d, CON, PUT, 0x0cff, "big"); /* the largest that is fine */
  path(&d, "sink");
  payload_of(&d, 'x', COAP_DEFAULT_MTU - d.length - 1);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 204);
  peer_close(&peer);
}

int
main(void) {
  struct server server;

  server_start(&server);
  server_resource(&server, "sink", COAP_REQUEST_PUT, handle_put);
  coap_context_set_block_mode(server.context, COAP_BLOCK_USE_LIBCOAP);
  odd_bytes(&server);
  versions_and_resets(&server);
  multicast(&server);
  signalling(&server);
  repeated_options(&server);
  many_options(&server);
  oversized(&server);
  EXPECT_ALIVE(&server);
  server_stop(&server);
  return expect_done();
}
