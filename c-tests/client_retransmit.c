/* When our client sends what again, told to the millisecond: RFC 7252 section 4.2, docs/spec/exchange.md sections 3
 * and 4, E3, I23, X13, X15. */
#define _GNU_SOURCE
#include "remote.h"

static struct server server;
static struct reply r;
static int nacks, last_reason, responses;
static coap_mid_t last_nack;
static uint8_t random_byte;

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)context, (void)session;
  EXPECT(sent != NULL && sent->mid == mid);
  nacks++;
  last_reason = (int)reason;
  last_nack = mid;
}

static coap_response_t
on_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
            const coap_mid_t mid) {
  (void)context, (void)session, (void)sent, (void)received, (void)mid;
  responses++;
  return COAP_RESPONSE_OK;
}

static int
not_random(void *out, size_t length) {
  memset(out, random_byte, length);
  return 1;
}

/* Waits until a message is due, and a millisecond less: it is not sent before its time. */
static void
expect_again_after(struct remote *remote, coap_mid_t mid, long long wait) {
  unsigned int number = 0;

  /* I23: an application's own loop is told the same. */
  EXPECT_EQ(coap_io_prepare_io(server.context, NULL, 0, &number, (coap_tick_t)server.context->sendqueue_basetime +
                                                                     server.context->sendqueue->t - 1), 1);
  later(&server, wait - 1);
  EXPECT_NOTHING_HEARD(remote);
  later(&server, 1);
  EXPECT_HEARD(remote, &r, CON, mid);
  EXPECT_NOTHING_HEARD(remote);
}

/* Sent at 0, T, 3T, 7T and 15T, the same bytes each time, and given up at 31T. T lies between ACK_TIMEOUT and
 * ACK_TIMEOUT * ACK_RANDOM_FACTOR, as the random byte says. */
static void
exactly(uint8_t random, coap_fixed_point_t ack_timeout, coap_fixed_point_t factor, unsigned int times, long long first) {
  struct remote remote;
  struct reply original;
  unsigned int i;
  coap_mid_t mid;

  remote_open(&remote, &server);
  random_byte = random;
  nacks = responses = 0;
  coap_session_set_ack_timeout(remote.session, ack_timeout);
  coap_session_set_ack_random_factor(remote.session, factor);
  coap_session_set_max_retransmit(remote.session, times);
  mid = ask(remote.session, CON, "exact");
  EXPECT_HEARD(&remote, &original, CON, mid);
  for (i = 0; i < times; i++) {
    expect_again_after(&remote, mid, first << i);
    EXPECT(r.length == original.length && memcmp(r.bytes, original.bytes, r.length) == 0);
    EXPECT_EQ(coap_can_exit(server.context), 0);
    EXPECT_EQ(server.context->sendqueue->retransmit_cnt, i + 1);
    EXPECT_EQ(server.context->sendqueue->timeout, first);
    EXPECT_EQ(server.context->sendqueue->t, first << (i + 1));
    EXPECT_EQ(remote.session->con_active, 1);
  }
  later(&server, (first << times) - 1);
  EXPECT_EQ(nacks, 0);
  later(&server, 1);
  EXPECT_EQ(nacks, 1);
  EXPECT_EQ(last_reason, COAP_NACK_TOO_MANY_RETRIES);
  EXPECT_EQ(last_nack, mid);
  EXPECT_NOTHING_HEARD(&remote);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  /* X13: it is too late for all of these. */
  answer(&remote, ACK, EMPTY, mid, "");
  answer(&remote, ACK, 0x45, mid, "exact");
  answer(&remote, RST, EMPTY, mid, "");
  later(&server, 1000000);
  EXPECT_NOTHING_HEARD(&remote);
  EXPECT_EQ(nacks, 1);
  EXPECT_EQ(responses, 0);
  remote_close(&remote);
}

/* The second of two transmissions that a stall of the application puts off: the wait after it is counted from when it
 * was sent, not from when it was due. */
static void
after_a_stall(void) {
  struct remote remote;
  coap_mid_t mid;

  remote_open(&remote, &server);
  random_byte = 0;
  mid = ask(remote.session, CON, "stall");
  EXPECT_HEARD(&remote, &r, CON, mid);
  later(&server, 60000);
  EXPECT_HEARD(&remote, &r, CON, mid);
  EXPECT_NOTHING_HEARD(&remote); /* once, however late it is */
  expect_again_after(&remote, mid, 4000);
  answer(&remote, ACK, EMPTY, mid, "");
  remote_close(&remote);
}

/* An acknowledgement ends it at each moment: after the first transmission, after the second, ... An empty one leaves
 * the question open (its answer may come later), and a repeated one changes nothing. */
static void
acknowledged_at_each_moment(void) {
  struct remote remote;
  unsigned int moment, i;
  coap_mid_t mid;

  for (moment = 0; moment <= 4; moment++) {
    remote_open(&remote, &server);
    random_byte = 0;
    nacks = responses = 0;
    mid = ask(remote.session, CON, "moment");
    EXPECT_HEARD(&remote, &r, CON, mid);
    for (i = 0; i < moment; i++)
      expect_again_after(&remote, mid, 2000 << i);
    later(&server, (2000 << moment) - 1);
    for (i = 0; i < 3; i++)
      answer(&remote, ACK, EMPTY, mid, "");
    EXPECT_EQ(coap_can_exit(server.context), 1);
    EXPECT_EQ(remote.session->con_active, 0);
    later(&server, 100000);
    EXPECT_NOTHING_HEARD(&remote);
    answer(&remote, NON, 0x45, 0x4444, "moment");
    EXPECT_EQ(responses, 1);
    EXPECT_EQ(nacks, 0);
    remote_close(&remote);
  }
}

/* Two peers that do not answer: each has its own times, and the one that goes does not move the other's. */
static void
side_by_side(void) {
  struct remote remotes[2];
  coap_mid_t mids[2];

  random_byte = 0;
  remote_open(&remotes[0], &server);
  remote_open(&remotes[1], &server);
  mids[0] = ask(remotes[0].session, CON, "0");
  later(&server, 500);
  mids[1] = ask(remotes[1].session, CON, "1");
  EXPECT_HEARD(&remotes[0], &r, CON, mids[0]);
  EXPECT_HEARD(&remotes[1], &r, CON, mids[1]);
  later(&server, 1499);
  EXPECT_NOTHING_HEARD(&remotes[0]);
  later(&server, 1);
  EXPECT_HEARD(&remotes[0], &r, CON, mids[0]);
  EXPECT_NOTHING_HEARD(&remotes[1]);
  answer(&remotes[0], ACK, EMPTY, mids[0], "");
  later(&server, 499);
  EXPECT_NOTHING_HEARD(&remotes[1]);
  later(&server, 1);
  EXPECT_HEARD(&remotes[1], &r, CON, mids[1]);
  answer(&remotes[1], RST, EMPTY, mids[1], "");
  EXPECT_EQ(coap_can_exit(server.context), 1);
  remote_close(&remotes[0]);
  remote_close(&remotes[1]);
}

/* What waited in the delay queue has its whole time once it is sent. And what is not confirmable is sent once. */
static void
time_starts_when_sent(void) {
  struct remote remote;
  coap_mid_t first, second, non;

  remote_open(&remote, &server);
  random_byte = 0;
  first = ask(remote.session, CON, "a");
  second = ask(remote.session, CON, "b");
  EXPECT_HEARD(&remote, &r, CON, first);
  later(&server, 1999);
  answer(&remote, ACK, EMPTY, first, "");
  EXPECT_HEARD(&remote, &r, CON, second);
  expect_again_after(&remote, second, 2000);
  answer(&remote, ACK, 0x45, second, "b");
  non = ask(remote.session, NON, "n");
  EXPECT_HEARD(&remote, &r, NON, non);
  later(&server, 1000000);
  EXPECT_NOTHING_HEARD(&remote);
  remote_close(&remote);
}

/* A retransmission that the network refuses counts as sent: the times stay as they are. */
static int refusing;
static ssize_t (*own_send)(coap_socket_t *, const coap_session_t *, const uint8_t *, size_t);

static ssize_t
refuse(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  return refusing ? -1 : own_send(sock, session, data, length);
}

static void
network_down_for_a_while(void) {
  struct remote remote;
  coap_mid_t mid, other;

  remote_open(&remote, &server);
  random_byte = 0;
  own_send = server.context->network_send;
  server.context->network_send = refuse;
  mid = ask(remote.session, CON, "down");
  other = ask(remote.session, CON, "next");
  EXPECT_HEARD(&remote, &r, CON, mid);
  refusing = 1;
  later(&server, 2000);
  later(&server, 4000);
  EXPECT_NOTHING_HEARD(&remote);
  EXPECT_EQ(remote.session->con_active, 1);
  refusing = 0;
  expect_again_after(&remote, mid, 8000);
  answer(&remote, ACK, 0x45, mid, "down");
  EXPECT_HEARD(&remote, &r, CON, other);
  answer(&remote, ACK, 0x45, other, "next");
  EXPECT_EQ(coap_can_exit(server.context), 1);
  server.context->network_send = own_send;
  remote_close(&remote);
}

/* A message that cannot be sent for the first time has failed, and leaves nothing behind (io section 4.1). */
static void
never_sent(void) {
  struct remote remote;
  coap_tick_t before;

  remote_open(&remote, &server);
  own_send = server.context->network_send;
  server.context->network_send = refuse;
  refusing = 1;
  nacks = 0;
  before = remote.session->last_rx_tx;
  later(&server, 1);
  EXPECT_EQ(ask(remote.session, NON, "x"), COAP_INVALID_MID);
  EXPECT_EQ(ask(remote.session, CON, "x"), COAP_INVALID_MID);
  EXPECT_EQ(remote.session->last_rx_tx, before);
  EXPECT_EQ(remote.session->con_active, 0);
  EXPECT(server.context->sendqueue == NULL);
  EXPECT_EQ(nacks, 0);
  EXPECT_NOTHING_HEARD(&remote);
  refusing = 0;
  server.context->network_send = own_send;
  remote_close(&remote);
}

/* E3: a clock that is set back does not put off a retransmission by more than its own interval. */
static void
clock_set_back(void) {
  struct remote remote;
  coap_mid_t mid;

  remote_open(&remote, &server);
  random_byte = 0;
  mid = ask(remote.session, CON, "back");
  EXPECT_HEARD(&remote, &r, CON, mid);
  later(&server, -3600 * 1000);
  EXPECT_NOTHING_HEARD(&remote);
  later(&server, 2000);
  EXPECT_HEARD(&remote, &r, CON, mid);
  answer(&remote, ACK, EMPTY, mid, "");
  remote_close(&remote);
}

int
main(void) {
  static const coap_fixed_point_t one = {1, 0}, one_half = {1, 500}, two = {2, 0}, five = {5, 0};

  server_start(&server);
  coap_register_nack_handler(server.context, on_nack);
  coap_register_response_handler(server.context, on_response);
  coap_set_prng(not_random);
  exactly(0, two, one_half, 4, 2000);
  exactly(255, two, one_half, 4, 3000);
  exactly(64, two, one_half, 4, 2250);
  exactly(255, one, one, 4, 1000);
  exactly(0, five, two, 1, 5000);
  exactly(255, five, two, 2, 10000);
  after_a_stall();
  acknowledged_at_each_moment();
  side_by_side();
  time_starts_when_sent();
  network_down_for_a_while();
  never_sent();
  clock_set_back();
  coap_set_prng(NULL);
  EXPECT_ALIVE(&server);
  server_stop(&server);
  return expect_done();
}
