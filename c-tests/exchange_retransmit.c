/* Confirmable messages: retransmission, giving up, NSTART, ACK and RST, the clock set back (docs/spec/exchange.md,
 * sections 3 to 5, E3, S13, X13), with made-up time: what is due is measured against the `now` of coap_io_prepare_io(),
 * so no test waits. The peer is a socket in the same program. */
#include "peer.h"

static struct server server;
static struct datagram d;
static int nacks, last_reason, responses, pongs, pings;
static coap_mid_t last_nack;

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  EXPECT(context == server.context && session != NULL);
  EXPECT(sent != NULL && sent->type == CON && sent->mid == mid);
  nacks++;
  last_reason = (int)reason;
  last_nack = mid;
}

static coap_response_t
on_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
            const coap_mid_t mid) {
  (void)context, (void)session, (void)sent;
  EXPECT_EQ(received->mid, mid);
  responses++;
  return COAP_RESPONSE_OK;
}

static void
on_ping(coap_context_t *context, coap_session_t *session, coap_pdu_t *received, const coap_mid_t mid) {
  (void)context, (void)session, (void)received, (void)mid;
  pings++;
}

static void
on_pong(coap_context_t *context, coap_session_t *session, coap_pdu_t *received, const coap_mid_t mid) {
  (void)context, (void)session;
  EXPECT_EQ(received->mid, mid);
  pongs++;
}

struct other {
  int fd;
  struct sockaddr_in client;
  coap_session_t *session;
};

/* A client session, and the socket that it talks to. */
static void
other_open(struct other *other) {
  uint16_t port;

  other->fd = silent_socket(&port);
  other->session = client_session(&server, port, COAP_PROTO_UDP);
  EXPECT(other->session != NULL);
}

static void
other_close(struct other *other) {
  coap_session_release(other->session);
  close(other->fd);
}

/* The next datagram that the session has sent; 0 if there is none. */
static size_t
received(struct other *other) {
  socklen_t size = sizeof(other->client);
  ssize_t got = recvfrom(other->fd, d.bytes, sizeof(d.bytes), MSG_DONTWAIT, (struct sockaddr *)&other->client, &size);

  return got > 0 ? (size_t)got : 0;
}

static void
answer(struct other *other, unsigned int type, unsigned int code, unsigned int mid, const char *token) {
  request(&d, type, code, mid, token);
  EXPECT(sendto(other->fd, d.bytes, d.length, 0, (struct sockaddr *)&other->client, sizeof(other->client)) > 0);
  server_turn(&server);
}

static coap_mid_t
get(struct other *other, unsigned int type, const char *token) {
  coap_pdu_t *pdu = coap_pdu_init((uint8_t)type, GET, coap_new_message_id(other->session), 64);

  EXPECT_EQ(coap_add_token(pdu, strlen(token), (const uint8_t *)token), 1);
  return coap_send(other->session, pdu);
}

/* A pass at a time that is `later` after the head of the queue is due. */
static unsigned int
pass(coap_tick_t later) {
  coap_tick_t now = server.context->sendqueue_basetime + server.context->sendqueue->t + later;
  unsigned int sockets = 7;

  return coap_io_prepare_io(server.context, NULL, 0, &sockets, now);
}

/* Sent at 0, T, 3T, 7T, 15T, and given up at 31T; each wait is counted from the transmission before. */
static void
back_off(void) {
  struct other other;
  coap_mid_t mid;
  unsigned int first;
  int i;

  other_open(&other);
  nacks = 0;
  mid = get(&other, CON, "r");
  EXPECT(mid >= 0);
  EXPECT_EQ(received(&other), 5);
  EXPECT(server.context->sendqueue != NULL);
  first = server.context->sendqueue->timeout;
  EXPECT(first >= 2000 && first <= 3000);
  EXPECT_EQ(other.session->con_active, 1);
  for (i = 1; i <= 4; i++) {
    EXPECT_EQ(received(&other), 0);
    EXPECT(pass(0) > 0);
    EXPECT_EQ(received(&other), 5);
    EXPECT_EQ(d.bytes[2] << 8 | d.bytes[3], mid);
    EXPECT_EQ(server.context->sendqueue->retransmit_cnt, i);
    EXPECT_EQ(server.context->sendqueue->timeout, first);
    EXPECT_EQ(server.context->sendqueue->t / (first << i), 1);
    EXPECT_EQ(other.session->con_active, 1);
    EXPECT_EQ(nacks, 0);
  }
  pass(0);
  EXPECT_EQ(received(&other), 0);
  EXPECT_EQ(nacks, 1);
  EXPECT_EQ(last_reason, COAP_NACK_TOO_MANY_RETRIES);
  EXPECT_EQ(last_nack, mid);
  EXPECT_EQ(other.session->con_active, 0);
  EXPECT_EQ(other.session->ref, 1);
  EXPECT(server.context->sendqueue == NULL);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  other_close(&other);
}

/* NSTART is 1: the second waits for the first, whatever ends that one (S13). */
static void
one_at_a_time(void) {
  struct other other;
  coap_mid_t mids[6];
  int i;

  other_open(&other);
  nacks = responses = 0;
  for (i = 0; i < 5; i++)
    mids[i] = get(&other, CON, (const char[]){(char)('a' + i), 0});
  EXPECT_EQ(received(&other), 5);
  EXPECT_EQ(received(&other), 0);
  EXPECT_EQ(other.session->con_active, 1);

  /* X13: what matches nothing changes nothing. */
  answer(&other, ACK, EMPTY, (unsigned int)mids[0] + 100, "");
  answer(&other, RST, EMPTY, (unsigned int)mids[0] + 100, "");
  answer(&other, RST, EMPTY, (unsigned int)mids[1], "");
  EXPECT_EQ(received(&other), 0);
  EXPECT_EQ(other.session->con_active, 1);

  answer(&other, ACK, EMPTY, (unsigned int)mids[0], "");         /* acknowledged: the answer comes later */
  EXPECT_EQ(received(&other), 5);
  EXPECT_EQ(d.bytes[4], 'b');
  answer(&other, ACK, 0x45, (unsigned int)mids[1], "b");         /* answered on the ACK */
  EXPECT_EQ(responses, 1);
  EXPECT_EQ(received(&other), 5);
  EXPECT_EQ(d.bytes[4], 'c');
  answer(&other, RST, EMPTY, (unsigned int)mids[2], "");         /* rejected */
  EXPECT_EQ(nacks, 1);
  EXPECT_EQ(last_reason, COAP_NACK_RST);
  EXPECT_EQ(received(&other), 5);
  EXPECT_EQ(d.bytes[4], 'd');
  answer(&other, NON, 0x45, 0x7777, "d");                        /* a separate answer overtakes the ACK (S13) */
  EXPECT_EQ(responses, 2);
  EXPECT_EQ(received(&other), 5);
  EXPECT_EQ(d.bytes[4], 'e');
  coap_cancel_all_messages(server.context, other.session, (const uint8_t *)"e", 1);  /* cancelled */
  EXPECT_EQ(other.session->con_active, 0);
  mids[5] = get(&other, CON, "f");
  EXPECT_EQ(received(&other), 5);
  answer(&other, CON, 0x45, 0x7778, "a");                        /* the answer to the first, at last */
  EXPECT_EQ(responses, 3);
  EXPECT_EQ(received(&other), 4);
  EXPECT(d.bytes[0] == 0x60 && d.bytes[2] == 0x77 && d.bytes[3] == 0x78);
  answer(&other, CON, 0x45, 0x7778, "a");                        /* a duplicate of it: acknowledged, not delivered */
  EXPECT_EQ(responses, 3);
  EXPECT_EQ(received(&other), 4);
  EXPECT_EQ(d.bytes[0], 0x60);
  EXPECT_EQ(nacks, 1);
  coap_session_disconnected(other.session, COAP_NACK_NOT_DELIVERABLE);
  EXPECT_EQ(nacks, 2);
  EXPECT_EQ(last_nack, mids[5]);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  other_close(&other);
}

/* E3: a clock that was set back does not postpone a retransmission by more than its own interval. */
static void
clock_set_back(void) {
  struct other other;
  coap_tick_t base;
  unsigned int wait, number;

  other_open(&other);
  get(&other, CON, "z");
  EXPECT_EQ(received(&other), 5);
  base = server.context->sendqueue_basetime += 3600 * 1000;   /* as if the clock had been an hour ahead */
  wait = coap_io_prepare_io(server.context, NULL, 0, &number, base - 3600 * 1000);
  EXPECT(wait > 0 && wait <= 3100);
  coap_cancel_session_messages(server.context, other.session, COAP_NACK_NOT_DELIVERABLE);
  other_close(&other);
}

static void
pinging(void) {
  struct other other;
  coap_mid_t mid;

  other_open(&other);
  nacks = pongs = pings = 0;
  mid = coap_session_send_ping(other.session);
  EXPECT(mid >= 0);
  EXPECT_EQ(received(&other), 4);
  EXPECT(d.bytes[0] == 0x40 && d.bytes[1] == 0);
  answer(&other, RST, EMPTY, (unsigned int)mid, "");
  /* A ping of the application's own is told of by the nack handler. */
  EXPECT_EQ(nacks, 1);
  EXPECT_EQ(last_reason, COAP_NACK_RST);
  EXPECT_EQ(pongs, 0);
  /* And one that comes in, by the ping handler, each time; answered by RST. */
  answer(&other, CON, EMPTY, 0x4321, "");
  EXPECT_EQ(pings, 1);
  EXPECT_EQ(received(&other), 4);
  EXPECT(d.bytes[0] == 0x70 && d.bytes[2] == 0x43 && d.bytes[3] == 0x21);
  other_close(&other);
}

/* Seen by a handler of the application's own, a datagram goes nowhere: the hooks decide (io §4.1). */
static ssize_t refused = -1;

static ssize_t
refuse_to_send(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  EXPECT(sock != NULL && session != NULL && data != NULL && length > 0);
  return refused;
}

static void
send_hook(void) {
  struct other other;
  ssize_t (*own)(coap_socket_t *, const coap_session_t *, const uint8_t *, size_t) = server.context->network_send;
  coap_tick_t before;

  other_open(&other);
  server.context->network_send = refuse_to_send;
  before = other.session->last_rx_tx;
  EXPECT_EQ(get(&other, NON, "x"), COAP_INVALID_MID);
  EXPECT_EQ(get(&other, CON, "x"), COAP_INVALID_MID);
  EXPECT_EQ(other.session->last_rx_tx, before);
  EXPECT_EQ(other.session->con_active, 0);
  EXPECT(server.context->sendqueue == NULL);
  EXPECT_EQ(received(&other), 0);
  server.context->network_send = own;
  other_close(&other);
}

int
main(void) {
  server_start(&server);
  coap_register_nack_handler(server.context, on_nack);
  coap_register_response_handler(server.context, on_response);
  coap_register_ping_handler(server.context, on_ping);
  coap_register_pong_handler(server.context, on_pong);
  back_off();
  one_at_a_time();
  clock_set_back();
  pinging();
  send_hook();
  EXPECT_ALIVE(&server);
  server_stop(&server);
  return expect_done();
}
