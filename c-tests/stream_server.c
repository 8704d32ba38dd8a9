/* A server over TCP and what clients may do to it (docs/spec/session.md, sections 4.2, 6.3, 6.4 and 7;
 * docs/spec/io.md, section 5; docs/spec/hostile.md, X19 to X21). */
#include "stream_peer.h"

static struct server server;
static struct stream peer;

#define PROBE "61 01 74 b5 70726f6265 "
#define ALIVE "61 45 74 ff 616c697665 "

static void
open_peer(void) {
  stream_open(&peer, &server);
  stream_hex(&peer, CSM);
  EXPECT_BYTES(&peer, CSM);
  EXPECT(told(&server, "SESSION_CONNECTED"));
  EXPECT_RECORD("TCP_CONNECTED SESSION_CONNECTED ");
}

/* Serves until the session of the peer is gone. */
static void
close_peer(const char *expected) {
  stream_close(&peer);
  EXPECT(told(&server, "SESSION_"));
  EXPECT_RECORD(expected);
}

/* Session §4.2, §6.3, §7: the order of events, what the application sees in them, and the end. */
static void
life(void) {
  recorded_states = 1;
  stream_open(&peer, &server);
  EXPECT_BYTES(&peer, CSM);
  EXPECT_RECORD("TCP_CONNECTED/0 ");
  EXPECT_EQ(recorded_session->type, COAP_SESSION_TYPE_SERVER);
  EXPECT_EQ(recorded_session->state, IN_CSM);
  EXPECT_EQ(recorded_session->sock.flags, 0x15);
  EXPECT_EQ(recorded_session->ref, 0);
  EXPECT_EQ(recorded_session->ifindex, 0);
  EXPECT_EQ(coap_session_max_pdu_size(recorded_session), 1148);
  stream_hex(&peer, CSM);
  EXPECT(told(&server, "SESSION_CONNECTED"));
  EXPECT_RECORD("SESSION_CONNECTED/3 ");
  EXPECT_EQ(recorded_session->state, IN_ESTABLISHED);
  EXPECT_EQ(recorded_session->csm_block_supported, 1);
  EXPECT_EQ(recorded_session->mtu, 8388864);
  stream_hex(&peer, PROBE);
  EXPECT_BYTES(&peer, ALIVE);
  stream_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("TCP_CLOSED/0closed SESSION_CLOSED/0closed ");
  EXPECT(coap_session_get_by_peer(server.context, NULL, 0) == NULL);
  recorded_states = 0;
}

/* Exchange §5.2, §6.3: requests one after the other, in one piece, byte by byte (X19, I2), and with no answer at all. */
static void
requests(void) {
  struct datagram d;
  size_t i;

  open_peer();
  stream_hex(&peer, PROBE PROBE "61 02 75 b5 70726f6265 " PROBE);
  EXPECT_BYTES(&peer, ALIVE ALIVE "d1 06 85 75 ff 4d6574686f64204e6f7420416c6c6f776564" ALIVE);
  datagram_hex(&d, PROBE "d1 00 01 74 b5 70726f6265 46 616263646566" PROBE);
  for (i = 0; i < d.length; i++) {
    EXPECT(stream_write(&peer, d.bytes + i, 1));
    server_turn(&server);
  }
  EXPECT_BYTES(&peer, ALIVE ALIVE ALIVE);
  /* E4: an empty message, a response that nobody waits for, classes 1 and 6, and other signalling codes: no answer. */
  recorded[0] = 0;
  stream_hex(&peer, "00 00  01 45 99  00 20  00 c0  00 e0  00 ff");
  EXPECT_NOTHING(&peer);
  EXPECT_RECORD("PING ");
  /* An unknown critical option: 4.02 to a request, silence to a response. */
  stream_hex(&peer, "11 01 74 90  11 45 74 90");
  EXPECT_BYTES(&peer, "b1 82 74 ff 426164204f7074696f6e");
  /* Io §5.4: malformed messages are skipped: TKL 9, code 0.00 with content, a marker without payload, a bad option. */
  stream_hex(&peer, "09 01 000000000000000000  11 00 74 00  10 01 ff  10 01 30  10 01 f0 " PROBE);
  EXPECT_BYTES(&peer, ALIVE);
  close_peer("TCP_CLOSED SESSION_CLOSED ");
}

/* S21, X21 and RFC 8323, section 5. */
static void
signals(void) {
  open_peer();
  stream_hex(&peer, "00 e2");
  EXPECT_BYTES(&peer, "10 e3 20");
  stream_hex(&peer, "13 e2 616263 20");
  EXPECT_BYTES(&peer, "13 e3 616263 20");
  EXPECT_RECORD("PING PING ");
  stream_hex(&peer, "02 e3 6162");
  EXPECT(told(&server, "PONG"));
  EXPECT_RECORD("PONG ");
  /* S22: another CSM changes the limit. */
  stream_hex(&peer, "10 e1 20");
  EXPECT_NOTHING(&peer);
  EXPECT_EQ(recorded_session->mtu, 64);
  stream_hex(&peer, "30 e1 22 0400");
  EXPECT_NOTHING(&peer);
  EXPECT_EQ(recorded_session->mtu, 1024);
  /* Release: nothing of what follows is processed (I4). */
  stream_hex(&peer, "00 e4 " PROBE);
  EXPECT_END(&peer);
  close_peer("TCP_CLOSED SESSION_CLOSED ");

  open_peer();
  stream_hex(&peer, PROBE "30 e5 ff 6869 " PROBE);
  EXPECT_BYTES(&peer, ALIVE);
  EXPECT_END(&peer);
  close_peer("TCP_CLOSED SESSION_CLOSED ");

  /* X21: critical options of signalling messages. */
  open_peer();
  stream_hex(&peer, "10 e1 30 " PROBE);
  EXPECT_BYTES(&peer, "20 e5 21 03");
  EXPECT_END(&peer);
  close_peer("TCP_CLOSED SESSION_CLOSED ");
  open_peer();
  stream_hex(&peer, "31 e2 74 e0 0204");
  EXPECT_BYTES(&peer, "30 e5 22 0311");
  EXPECT_END(&peer);
  close_peer("TCP_CLOSED SESSION_CLOSED ");

  /* X21: the first message is a CSM, or else the connection is aborted; empty messages may precede it. */
  stream_open(&peer, &server);
  stream_hex(&peer, "00 00 " PROBE PROBE);
  EXPECT_BYTES(&peer, CSM "00 e5");
  EXPECT_END(&peer);
  close_peer("TCP_CONNECTED PING TCP_CLOSED SESSION_FAILED ");
  stream_open(&peer, &server);
  stream_hex(&peer, "10 e1 30 ");
  EXPECT_BYTES(&peer, CSM "20 e5 21 03");
  EXPECT_END(&peer);
  close_peer("TCP_CONNECTED TCP_CLOSED SESSION_FAILED ");
}

/* I12, X20: our limit counts, and the header is enough to tell. X7: at most 1,024 options. */
static void
limits(void) {
  static uint8_t bytes[8388864 + 6];
  struct datagram d;
  size_t before = heap_in_use(), i;

  open_peer();
  /* Announces 8 MiB. */
  stream_hex(&peer, "f0 007efff3 02 ff");
  EXPECT_NOTHING(&peer);
  EXPECT_EQ(recorded_session->partial_read, 7);
  EXPECT(!memcmp(recorded_session->read_header, "\xf0\x00\x7e\xff\xf3\x02", 6));
  EXPECT(heap_in_use() <= before + 65536);
  /* I12: the longest message that is taken, 8388864 bytes after the header: payload of a request to no resource. */
  memset(bytes, 0x61, sizeof(bytes));
  EXPECT(stream_write(&peer, bytes, 8388863));
  EXPECT_BYTES(&peer, "a0 84 ff 4e6f7420466f756e64");
  stream_hex(&peer, "f0 007efff4 02");
  EXPECT_END(&peer);
  close_peer("TCP_CLOSED SESSION_CLOSED ");

  /* X7: 1,024 options are fine, one more is not. */
  open_peer();
  datagram_hex(&d, "e1 02f3 01 74");
  memset(d.bytes + d.length, 0x10, 1025);
  d.bytes[d.length] = 0xb0;
  for (i = 1; i < 1024; i++)
    d.bytes[d.length + i] = 0x00;
  EXPECT(stream_write(&peer, d.bytes, d.length + 1024));
  EXPECT_BYTES(&peer, "a1 84 74 ff 4e6f7420466f756e64");
  d.bytes[2] = 0xf4;
  d.bytes[d.length + 1024] = 0x00;
  EXPECT(stream_write(&peer, d.bytes, d.length + 1025));
  EXPECT_BYTES(&peer, "00 e5");
  EXPECT_END(&peer);
  close_peer("TCP_CLOSED SESSION_CLOSED ");
}

int
main(void) {
  server_start(&server);
  stream_endpoint(&server);
  record(server.context);
  EXPECT_EQ(coap_tcp_is_supported(), 1);
  life();
  requests();
  signals();
  limits();
  EXPECT_ALIVE(&server);
  server_stop(&server);
  return expect_done();
}
