/* A server over TCP, and strangers: bytes cut in every way, writes cut short in every way, lengths that are announced
 * and not sent, peers that do not read, do not finish, do not begin (docs/spec/hostile.md X19 to X22;
 * docs/spec/io.md I1, I2, I3, I4, I13, I14, I15, I16). The clock is made up. */
#define _GNU_SOURCE
#include <sys/resource.h>
#include <sys/socket.h>

#include "remote.h"
#include "stream_peer.h"

static struct server server;
static int handled;
static uint8_t large[20000];

/* --- Writes that are cut short ------------------------------------------------------------------------------------ */

static int cutting;              /* whether send() takes only a part of what it is given, or nothing */
static int cuts;                 /* how often it has */
static int without_nosignal;     /* stream writes that could raise SIGPIPE (I16) */

static uint32_t dice_state = 2463534242u;

static unsigned int
dice(unsigned int sides) {
  dice_state ^= dice_state << 13;
  dice_state ^= dice_state >> 17;
  dice_state ^= dice_state << 5;
  return dice_state % sides;
}

/* This definition comes before that of the C library. */
ssize_t
send(int fd, const void *data, size_t length, int flags) {
  if (!cutting)
    return sendto(fd, data, length, flags, NULL, 0);
  without_nosignal += !(flags & MSG_NOSIGNAL);
  switch (dice(4)) {
  case 0:
    cuts++;
    errno = dice(2) ? EAGAIN : EINTR;
    return -1;
  case 1:
    return sendto(fd, data, length, flags, NULL, 0);
  default:
    return sendto(fd, data, 1 + dice(length < 40 ? (unsigned int)length : 40), flags, NULL, 0);
  }
}

/* --- The server --------------------------------------------------------------------------------------------------- */

static void
handle_echo(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
            coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  uint8_t *data;
  size_t length;

  (void)context, (void)resource, (void)session, (void)token, (void)query;
  handled++;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  if (coap_get_data(req, &length, &data) && length < sizeof(large))
    coap_add_data(response, length, data);
}

static void
handle_large(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
             coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)session, (void)token, (void)query, (void)req;
  handled++;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  coap_add_data(response, sizeof(large), large);
}

/* Appends the frame of a message: Len and TKL, Code, token; what follows is of this length. */
static void
frame(struct datagram *d, unsigned int code, const char *token, size_t length) {
  size_t tkl = strlen(token);

  d->option = 0;
  if (length < 13)
    append_byte(d, (unsigned int)(length << 4 | tkl));
  else if (length < 269)
    append_byte(d, (unsigned int)(13 << 4 | tkl)), append_byte(d, (unsigned int)length - 13);
  else if (length < 65805) {
    append_byte(d, (unsigned int)(14 << 4 | tkl));
    append_byte(d, (unsigned int)(length - 269) >> 8);
    append_byte(d, (unsigned int)(length - 269) & 255);
  }
  append_byte(d, code);
  append(d, token, tkl);
}

/* A request for /e that is answered by its own payload. */
static void
echo_request(struct datagram *d, const char *token, size_t length) {
  frame(d, PUT, token, 2 + (length ? 1 + length : 0));
  path(d, "e");
  if (length)
    payload_of(d, 'x', length);
}

static void
echo_answer(struct datagram *d, const char *token, size_t length) {
  frame(d, 0x45, token, length ? 1 + length : 0);
  if (length)
    payload_of(d, 'x', length);
}

static void
start(void) {
  server_start(&server);
  coap_set_log_level(LOG_EMERG);
  stream_endpoint(&server);
  record(server.context);
  server_resource(&server, "e", COAP_REQUEST_PUT, handle_echo);
  server_resource(&server, "l", COAP_REQUEST_GET, handle_large);
  handled = 0;
}

/* A peer, and its session at the server, which sends without waiting for acknowledgements: that takes time. */
static void
open_peer(struct stream *peer) {
  int on = 1;

  stream_open(peer, &server);
  stream_hex(peer, CSM);
  EXPECT_BYTES(peer, CSM);
  setsockopt(recorded_session->sock.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static struct datagram sent, expected;
static uint8_t received[2000000];

/* Expects what `expected` holds. */
static void
expect_expected(struct stream *peer) {
  int ended;
  size_t have = stream_read(peer, received, expected.length, PATIENCE, &ended);

  EXPECT_EQ(have, expected.length);
  EXPECT(memcmp(received, expected.bytes, have) == 0);
}

/* --- X19, I2: segments --------------------------------------------------------------------------------------------- */

/* Requests of each kind of length, pings, what is skipped; and what comes of it. */
static void
corpus(void) {
  static const size_t sizes[] = {0, 1, 9, 10, 11, 30};
  unsigned int i;

  sent.length = expected.length = 0;
  for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    echo_request(&sent, i % 2 ? "tok" : "", sizes[i]);
    echo_answer(&expected, i % 2 ? "tok" : "", sizes[i]);
  }
  append_hex(&sent, "00 00");                              /* an empty message */
  append_hex(&sent, "02 e2 70 71");                        /* a Ping, answered by a Pong with its token */
  append_hex(&expected, "12 e3 70 71 20");
  append_hex(&sent, "31 01 74 b1 65 ff");                  /* a marker without a payload: skipped */
  append_hex(&sent, "0f 01");                              /* TKL 15: skipped, with what it covers */
  append(&sent, "fifteen bytes..", 15);
  echo_request(&sent, "z", 270);
  echo_answer(&expected, "z", 270);
}

/* Sends the corpus in pieces that end at these places. */
static void
in_pieces(struct stream *peer, size_t first, size_t second) {
  size_t places[4] = {0, first, second, sent.length};
  unsigned int i;

  for (i = 0; i < 3; i++) {
    if (places[i + 1] > places[i]) {
      EXPECT(stream_write(peer, sent.bytes + places[i], places[i + 1] - places[i]));
      server_turn(&server);
    }
  }
  expect_expected(peer);
}

static void
segments(void) {
  struct stream peer;
  size_t i;

  start();
  open_peer(&peer);
  corpus();
  for (i = 0; i <= sent.length; i++)
    in_pieces(&peer, 0, i);
  /* Of all cuts in three, so many. */
  for (i = 0; i < 1000 && !expect_failed; i++) {
    size_t first = dice((unsigned int)sent.length), second = dice((unsigned int)sent.length);

    in_pieces(&peer, first < second ? first : second, first < second ? second : first);
  }
  for (i = 0; i < sent.length; i++) {
    EXPECT(stream_write(&peer, sent.bytes + i, 1));
    server_turn(&server);
  }
  expect_expected(&peer);
  EXPECT_NOTHING(&peer);
  stream_close(&peer);
  server_stop(&server);
}

/* --- X19, I1, I3, I16: short writes --------------------------------------------------------------------------------- */

static void
short_writes(void) {
  struct stream peer;
  unsigned int round;
  size_t i;

  start();
  open_peer(&peer);
  for (round = 0; round < 30; round++) {
    sent.length = expected.length = 0;
    for (i = 0; i < 12; i++) {
      char token[2] = {(char)('a' + i), 0};
      size_t length = dice(600);

      echo_request(&sent, token, length);
      echo_answer(&expected, token, length);
    }
    /* The requests themselves go in one piece: the peer is not what is cut short. */
    EXPECT(sendto(peer.fd, sent.bytes, sent.length, MSG_NOSIGNAL, NULL, 0) == (ssize_t)sent.length);
    cutting = 1;
    expect_expected(&peer);
    cutting = 0;
    EXPECT_NOTHING(&peer);
  }
  EXPECT(cuts > 0);
  EXPECT_EQ(without_nosignal, 0);
  stream_close(&peer);
  server_stop(&server);
}

/* --- X20, I13: lengths ----------------------------------------------------------------------------------------------- */

static void
announced_lengths(void) {
  enum { PEERS = 50 };
  struct stream peers[PEERS];
  size_t before, after;
  unsigned int i;
  int ended;

  start();
  for (i = 0; i < PEERS; i++)
    open_peer(&peers[i]);
  before = heap_in_use();
  for (i = 0; i < PEERS; i++)
    stream_hex(&peers[i], "f0 00 7e ff f3 03 b1 65"); /* the limit of 8,388,864 bytes, and two bytes of it */
  EXPECT_ALIVE(&server);
  server_turn(&server);
  after = heap_in_use();
  EXPECT(after < before + PEERS * 20000);
  memset(received, 'x', 100000);
  for (i = 0; i < PEERS; i++)
    EXPECT(stream_write(&peers[i], received, 100000));
  EXPECT_ALIVE(&server);
  EXPECT(heap_in_use() < before + PEERS * 300000);
  /* One byte more is too much, which the header tells. */
  stream_close(&peers[0]);
  open_peer(&peers[0]);
  stream_hex(&peers[0], "f0 00 7e ff f4 03");
  (void)stream_read(&peers[0], received, 1, PATIENCE, &ended);
  EXPECT(ended);
  EXPECT_EQ(handled, 0);
  for (i = 0; i < PEERS; i++)
    stream_close(&peers[i]);
  EXPECT_ALIVE(&server);
  server_stop(&server);
}

/* --- X21, I4: what comes first, and what comes last ------------------------------------------------------------------- */

static void
first_and_last(void) {
  static const char *const not_first[] = {
      "21 03 74 b1 65",          /* a request */
      "01 45 74",                /* a response */
      "00 e2",                   /* a Ping */
      "00 e3",                   /* a Pong */
      "0f 01 00 00",             /* nonsense */
  };
  static const char *const last[] = {
      "00 e4",                   /* Release */
      "00 e5",                   /* Abort */
      "20 e1 31 01",             /* a CSM with the critical option 3 */
      "20 e2 31 01",             /* a Ping with it */
  };
  struct stream peer;
  unsigned int i;
  int ended;

  start();
  for (i = 0; i < sizeof(not_first) / sizeof(not_first[0]); i++) {
    handled = 0;
    stream_open(&peer, &server);
    sent.length = 0;
    append_hex(&sent, not_first[i]);
    append_hex(&sent, CSM);
    echo_request(&sent, "t", 1);
    EXPECT(stream_write(&peer, sent.bytes, sent.length));
    if (i < 4) { /* what is malformed is skipped */
      size_t have = stream_read(&peer, received, sizeof(received), PATIENCE, &ended);

      EXPECT(ended);
      /* Our CSM, and an Abort. */
      EXPECT(have >= 9 && memcmp(received, "\x50\xe1\x23\x80\x01\x00\x20", 7) == 0 && received[8] == 0xe5);
      EXPECT_EQ(handled, 0);
    }
    stream_close(&peer);
    EXPECT_ALIVE(&server);
  }
  for (i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
    handled = 0;
    open_peer(&peer);
    sent.length = expected.length = 0;
    echo_request(&sent, "t", 1);
    append_hex(&sent, last[i]);
    echo_request(&sent, "u", 1);
    echo_answer(&expected, "t", 1);
    if (i >= 2)
      append_hex(&expected, "20 e5 21 03");
    EXPECT(stream_write(&peer, sent.bytes, sent.length));
    expect_expected(&peer);
    EXPECT_END(&peer);
    EXPECT_EQ(handled, 1);
    stream_close(&peer);
  }
  server_stop(&server);
}

/* --- X22, I14, I15: peers that stall ---------------------------------------------------------------------------------- */

/* Whether the server has ended this connection. */
static int
has_ended(struct stream *peer) {
  int ended;

  while (stream_read(peer, received, sizeof(received), 0, &ended) > 0 && !ended)
    ;
  return ended;
}

/* Nothing, half a header, half a message, a byte now and then: none lasts. One that does nothing, but has begun as it
 * should, and one that goes on, stay. */
static void
slow_peers(void) {
  struct stream mute, half_csm, header, dripping, idle, busy;
  unsigned int i;

  start();
  server.context->session_timeout = 1000;
  stream_open(&mute, &server);
  stream_open(&half_csm, &server);
  stream_hex(&half_csm, "50 e1 23 80");
  open_peer(&header);
  stream_hex(&header, "d0 01");
  open_peer(&dripping);
  stream_hex(&dripping, "e0 00 20 02");
  open_peer(&idle);
  open_peer(&busy);
  server_turn(&server);
  for (i = 1; i <= 14; i++) {
    later(&server, 4900);
    EXPECT(stream_write(&dripping, "\x00", 1));
    stream_hex(&busy, "00 00");
    server_turn(&server);
    EXPECT_EQ(has_ended(&mute), i * 4900 >= 30000);
    EXPECT_EQ(has_ended(&half_csm), i * 4900 >= 30000);
    EXPECT_EQ(has_ended(&header), i * 4900 >= 60000);
    if (i * 4900 < 60000)
      EXPECT(!has_ended(&dripping));
    if (i * 4900 >= 60000)
      break;
    EXPECT_ALIVE(&server);
  }
  EXPECT(has_ended(&dripping));
  EXPECT(!has_ended(&idle));
  EXPECT(!has_ended(&busy));
  stream_close(&mute);
  stream_close(&half_csm);
  stream_close(&header);
  stream_close(&dripping);
  stream_close(&idle);
  stream_close(&busy);
  EXPECT_ALIVE(&server);
  server_stop(&server);
}

/* A peer that asks and asks, and does not read: at most 1 MiB waits for it, and then it is not read either; others are
 * served. When it reads, it gets all that was answered, whole. When it does not for 60 seconds, it goes. */
static void
deaf_peer(int reads_at_last) {
  enum { MOST = 100000 };
  /* A frame: Len, Code, token, payload marker, payload. */
  const size_t whole = 3 + 1 + 1 + 1 + sizeof(large);
  struct stream peer;
  size_t before, have, of_this = 0;
  ssize_t taken;
  int asked = 0, ended, i, refused = 0;

  start();
  memset(large, 'L', sizeof(large));
  open_peer(&peer);
  sent.length = 0;
  frame(&sent, GET, "t", 2 + 1 + 1000); /* GET /l, 20,000 bytes, and 1,000 bytes with it */
  path(&sent, "l");
  payload_of(&sent, 'r', 1000);
  before = heap_in_use();
  /* What the kernel keeps for both sides comes to an end, too. */
  while (asked < MOST && refused < 1000) {
    taken = send(peer.fd, sent.bytes + of_this, sent.length - of_this, MSG_DONTWAIT | MSG_NOSIGNAL);
    refused = taken > 0 ? 0 : refused + 1;
    of_this += taken > 0 ? (size_t)taken : 0;
    if (of_this == sent.length)
      asked++, of_this = 0;
    server_turn(&server);
  }
  EXPECT(asked < MOST);
  EXPECT(handled < asked);
  EXPECT(heap_in_use() < before + 4 * 1024 * 1024);
  EXPECT_ALIVE(&server);
  i = handled;
  server_turn(&server);
  EXPECT_EQ(handled, i);
  if (reads_at_last) {
    for (i = 0; i < asked; i++) {
      have = stream_read(&peer, received, whole, PATIENCE, &ended);
      EXPECT_EQ(have, whole);
      EXPECT(received[0] == 0xe1 && received[3] == 0x45 && received[4] == 't' && received[5] == 0xff &&
             received[6] == 'L' && memcmp(received + 6, received + 7, sizeof(large) - 1) == 0);
      if (have != whole)
        break;
    }
    EXPECT_EQ(handled, asked); /* reading has gone on */
  } else {
    later(&server, 59000);
    EXPECT(strstr(recorded, "TCP_CLOSED") == NULL);
    EXPECT_ALIVE(&server);
    later(&server, 2000);
    EXPECT(strstr(recorded, "TCP_CLOSED") != NULL);
  }
  stream_close(&peer);
  EXPECT_ALIVE(&server);
  server_stop(&server);
}

int
main(void) {
  segments();
  short_writes();
  announced_lengths();
  first_and_last();
  slow_peers();
  deaf_peer(0);
  deaf_peer(1);
  return expect_done();
}
