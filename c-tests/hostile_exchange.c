/* Duplicates, stray acknowledgements, extreme parameters, pings, silent peers: hostile.md X11, X13, X15 to X17. */
#define _GNU_SOURCE
#include <sys/resource.h>

#include "peer.h"

static struct datagram d;
static int calls, nacks, chatter;
static coap_session_t *last_session;

/* Answers with a number that counts the calls, so that an answer given again differs from one made anew. */
static void
handle_count(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
             coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  char text[16];

  (void)context, (void)resource, (void)req, (void)token, (void)query;
  calls++;
  last_session = session;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  coap_add_data(response, (size_t)snprintf(text, sizeof(text), "%d", calls), (const uint8_t *)text);
}

/* Answers nothing to a NON. */
static void
handle_mute(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
            coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)session, (void)req, (void)token, (void)query, (void)response;
  calls++;
}

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)context, (void)session, (void)sent, (void)reason, (void)mid;
  nacks++;
}

static void
count_lines(coap_log_t level, const char *message) {
  (void)message;
  if (level < LOG_DEBUG)
    chatter++;
}

static void
send_request(struct peer *peer, unsigned int type, unsigned int mid, const char *name) {
  request(&d, type, GET, mid, "t");
  path(&d, name);
  peer_send(peer, &d);
}

/* X11: a duplicate is answered as before, and not processed again. */
static void
duplicates(struct server *server) {
  struct peer peer, other;
  struct reply first, again;
  unsigned int type, i;
  int before;

  peer_open(&peer, server);
  peer_open(&other, server);
  for (type = CON; type <= NON; type++) {
    before = calls;
    send_request(&peer, type, 0x1100 + type, "count");
    EXPECT_REPLY(&peer, &first, type == CON ? ACK : NON, 205);
    for (i = 0; i < 3; i++) {
      send_request(&peer, type, 0x1100 + type, "count");
      EXPECT_REPLY(&peer, &again, type == CON ? ACK : NON, 205);
      EXPECT(again.length == first.length && memcmp(again.bytes, first.bytes, first.length) == 0);
    }
    EXPECT_EQ(calls, before + 1);
    /* The same message id from another peer is another message. */
    send_request(&other, type, 0x1100 + type, "count");
    EXPECT_REPLY(&other, &again, type == CON ? ACK : NON, 205);
    EXPECT_EQ(calls, before + 2);
  }
  /* What got no answer gets none again. */
  before = calls;
  for (i = 0; i < 3; i++) {
    send_request(&peer, NON, 0x1110, "mute");
    EXPECT_SILENCE(&peer);
  }
  EXPECT_EQ(calls, before + 1);
  /* Copies that arrive together, before the first answer is out, count as one as well. */
  before = calls;
  for (i = 0; i < 5; i++)
    send_request(&peer, CON, 0x1120, "count");
  EXPECT_ALIVE(server);
  EXPECT_EQ(calls, before + 1);
  while (take(peer.fd, &again))
    ;
  /* The 16 newest are remembered; older ones may be processed anew, which must work. */
  before = calls;
  for (i = 0; i < 100; i++) {
    send_request(&peer, CON, 0x1200 + i, "count");
    EXPECT_REPLY(&peer, &again, ACK, 205);
  }
  EXPECT_EQ(calls, before + 100);
  for (i = 84; i < 100; i++) {
    send_request(&peer, CON, 0x1200 + i, "count");
    EXPECT_REPLY(&peer, &again, ACK, 205);
  }
  EXPECT_EQ(calls, before + 100);
  send_request(&peer, CON, 0x1200, "count");
  EXPECT_REPLY(&peer, &again, ACK, 205);
  EXPECT_EQ(calls, before + 101);
  peer_close(&peer);
  peer_close(&other);
}

static coap_mid_t
send_con(coap_session_t *session, unsigned int mid) {
  coap_pdu_t *pdu = coap_pdu_init(CON, GET, (uint16_t)mid, coap_session_max_pdu_size(session));
  uint8_t token = (uint8_t)mid;

  coap_add_token(pdu, 1, &token);
  return coap_send(session, pdu);
}

/* X13: an ACK or RST for nothing changes nothing: the second confirmable message keeps waiting (NSTART). */
static void
stray_acknowledgements(struct server *server) {
  struct peer peer;
  struct reply r;
  unsigned int type, i;

  coap_register_nack_handler(server->context, on_nack);
  peer_open(&peer, server);
  send_request(&peer, CON, 0x1300, "count"); /* makes the session */
  EXPECT_REPLY(&peer, &r, ACK, 205);
  coap_session_reference(last_session);
  EXPECT_EQ(send_con(last_session, 0x1311), 0x1311);
  EXPECT_EQ(send_con(last_session, 0x1322), 0x1322); /* waits for the first */
  EXPECT(await(server, peer.fd, &r, PATIENCE) && parse(&r) && r.mid == 0x1311);
  coap_set_log_handler(count_lines);
  coap_set_log_level(LOG_DEBUG);
  coap_set_show_pdu_output(0);
  for (type = ACK; type <= RST; type++) {
    for (i = 0; i < 20; i++) {
      request(&d, type, EMPTY, 0x1380 + i, "");
      peer_send(&peer, &d);
    }
  }
  request(&d, ACK, EMPTY, 0x1322, ""); /* not on the wire yet */
  peer_send(&peer, &d);
  request(&d, RST, EMPTY, 0x1322, "");
  peer_send(&peer, &d);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(nacks, 0);
  EXPECT_EQ(chatter, 0);
  coap_set_log_level(LOG_EMERG);
  coap_set_show_pdu_output(1);
  /* The right one does what it should: the first message is over, the second goes out. */
  request(&d, RST, EMPTY, 0x1311, "");
  peer_send(&peer, &d);
  EXPECT(await(server, peer.fd, &r, PATIENCE) && parse(&r) && r.mid == 0x1322);
  EXPECT_EQ(nacks, 1);
  request(&d, ACK, EMPTY, 0x1322, "");
  peer_send(&peer, &d);
  EXPECT_ALIVE(server);
  coap_cancel_all_messages(server->context, last_session, (const uint8_t *)"\x22", 1);
  coap_session_release(last_session);
  peer_close(&peer);
}

/* X17: a peer that never answers costs at most 64 waiting messages. */
static void
silent_peer(struct server *server) {
  coap_session_t *session;
  coap_queue_t *node;
  uint16_t port;
  unsigned int taken = 0, waiting = 0, i;
  int fd = silent_socket(&port);

  session = client_session(server, port, COAP_PROTO_UDP);
  EXPECT(session != NULL);
  for (i = 0; i < 500; i++)
    taken += send_con(session, 0x1700 + i) != COAP_INVALID_MID;
  for (node = session->delayqueue; node; node = node->next)
    waiting++;
  EXPECT(taken >= 10 && taken <= 65); /* 64 wait, and one is on its way */
  EXPECT(waiting <= 64);
  EXPECT_ALIVE(server);
  coap_cancel_session_messages(server->context, session, COAP_NACK_NOT_DELIVERABLE);
  coap_session_release(session);
  EXPECT_ALIVE(server);
  close(fd);
}

/* X15: no parameter makes the arithmetic of retransmission wrap, or an attempt endless. */
static void
extreme_parameters(struct server *server) {
  static const unsigned int mtus[] = {0, 1, 3, 4, 5, 8, 16, 20, 31, 32, 64, 1152, 65535, 65536, 0x7fffffff, 0xffffffff};
  static const coap_fixed_point_t values[] = {{1, 0}, {1, 999}, {2, 0}, {60, 0}, {255, 999}, {1023, 999}, {65535, 999}};
  static uint8_t body[5000];
  coap_session_t *session;
  coap_pdu_t *pdu;
  coap_queue_t *node;
  size_t i, j;
  unsigned int r, timeout;
  uint16_t port;
  int tries, sink = silent_socket(&port);

  session = client_session(server, port, COAP_PROTO_UDP);
  EXPECT(session != NULL);
  for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
    for (j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
      unsigned int last = 0;

      coap_session_set_ack_timeout(session, values[i]);
      coap_session_set_ack_random_factor(session, values[j]);
      for (r = 0; r < 256; r += 51) {
        timeout = coap_calc_timeout(session, (unsigned char)r);
        EXPECT(timeout >= last); /* grows with r, so it has not wrapped */
        EXPECT(timeout / 1000 + 1 >= values[i].integer_part || timeout == 0xffffffff);
        last = timeout;
      }
    }
  }
  /* Longest timeout, most retries: it gives up at some time, at the latest after 255 (exchange.md, note a). */
  coap_session_set_max_retransmit(session, 0xffffffff);
  EXPECT(send_con(session, 0x1501) == 0x1501);
  for (tries = 0; tries < 1000; tries++) {
    node = coap_pop_next(server->context);
    EXPECT(node != NULL);
    if (!node || coap_retransmit(server->context, node) == COAP_INVALID_MID)
      break;
  }
  EXPECT(tries <= 255);
  EXPECT(coap_peek_next(server->context) == NULL);
  coap_session_set_max_retransmit(session, 4);

  /* Any MTU: what is sent fits, or there is an error. */
  for (i = 0; i < sizeof(mtus) / sizeof(mtus[0]); i++) {
    for (j = 0; j < 3; j++) {
      size_t length = j == 0 ? 0 : j == 1 ? 100 : sizeof(body);
      ssize_t got;

      coap_session_set_mtu(session, mtus[i]);
      EXPECT(coap_session_max_pdu_size(session) <= mtus[i]);
      pdu = coap_new_pdu(session);
      if (pdu) {
        pdu->type = NON;
        pdu->code = PUT;
        pdu->mid = (uint16_t)(0x1580 + 4 * i + j);
        coap_add_option(pdu, COAP_OPTION_URI_PATH, 4, (const uint8_t *)"path");
        coap_add_data_large_request(session, pdu, length, body, NULL, NULL);
        coap_send_large(session, pdu);
      }
      while ((got = recv(sink, d.bytes, sizeof(d.bytes), MSG_DONTWAIT)) > 0)
        EXPECT((unsigned int)got <= mtus[i] || coap_session_max_pdu_size(session) == 0);
    }
  }
  coap_session_release(session);
  EXPECT_ALIVE(server);
  close(sink);
}

/* X16: pings are answered at most 1,000 times a second, all peers together. */
static void
pings(struct server *server) {
  enum { PEERS = 2500 };
  struct rlimit limit;
  static int fds[PEERS];
  struct reply r;
  long long start;
  int i, opened, answers = 0;

  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  for (opened = 0; opened < PEERS && (fds[opened] = open_socket(NULL, server->port)) >= 0; opened++)
    ;
  if (opened < 2100)
    printf("pings: only %d sockets to be had, so this shows little\n", opened);
  start = milliseconds();
  for (i = 0; i < opened; i++) {
    request(&d, CON, EMPTY, 0x1600, "");
    EXPECT(send_datagram(fds[i], &d));
    server_turn(server);
    if (i % 100 == 0)
      server_turn(server);
  }
  EXPECT_ALIVE(server);
  for (i = 0; i < opened; i++) {
    while (take(fds[i], &r))
      answers++;
    close(fds[i]);
  }
  EXPECT(answers > 0);
  /* Two seconds can begin and end meanwhile: two thousand answers. */
  EXPECT(answers <= 1000 * (2 + (milliseconds() - start) / 1000));
}

int
main(void) {
  struct server server;

  server_start(&server);
  server_resource(&server, "count", COAP_REQUEST_GET, handle_count);
  server_resource(&server, "mute", COAP_REQUEST_GET, handle_mute);
  coap_context_set_block_mode(server.context, COAP_BLOCK_USE_LIBCOAP);
  coap_set_log_level(LOG_EMERG);
  duplicates(&server);
  stray_acknowledgements(&server);
  extreme_parameters(&server);
  silent_peer(&server);
  pings(&server);
  EXPECT_ALIVE(&server);
  server_stop(&server);
  return expect_done();
}
