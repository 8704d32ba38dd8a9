/* A client's observations, with large notifications and without: the worked sequence of block.md section 9, cancelling,
 * notifications that come while blocks are on their way, and the end of the session (block.md 6.4, session.md 8; K24,
 * K25, K26, K32, S24; RFC 7641). */
#include "client_block.h"

/* Begins a 2.05 with ETag, Observe and Block2, each left out if below 0. */
static void
notify(unsigned int type, const char *token, long etag, long observe, long block2) {
  if (token)
    respond_to(type, 205, token);
  else
    respond(type, 205);
  if (etag >= 0)
    option_uint(&d, COAP_OPTION_ETAG, (unsigned long)etag);
  if (observe >= 0)
    option_uint(&d, COAP_OPTION_OBSERVE, (unsigned long)observe);
  if (block2 >= 0)
    option_uint(&d, COAP_OPTION_BLOCK2, (unsigned long)block2);
}

static void
notify_block(unsigned int type, const char *token, long etag, long observe, unsigned int num, size_t total) {
  size_t offset = num * 1024u, length = total - offset < 1024 ? total - offset : 1024;

  notify(type, token, etag, observe, BLOCK(num, offset + length < total, 6));
  option_uint(&d, COAP_OPTION_SIZE2, (unsigned long)total);
  with_body(offset, length);
}

static int
asks(unsigned int type, const char *token, long block2, long observe) {
  return hears(type, GET, token) && reply_option(&r, COAP_OPTION_BLOCK2) == block2 &&
         reply_option(&r, COAP_OPTION_OBSERVE) == observe && reply_option(&r, COAP_OPTION_URI_PATH) == 'x';
}

static int
cancel(const char *token_hex, unsigned int type) {
  coap_binary_t token;

  datagram_hex(&d, token_hex);
  token.length = d.length;
  token.s = d.bytes;
  return coap_cancel_observe(remote.session, &token, (uint8_t)type);
}

/* Section 9: observe with a large body. */
static void
worked_sequence(void) {
  static const char *const tokens[] = {"746c", "746d", "746e", "746f"};
  unsigned int i;

  start(BOTH);
  coap_session_init_token(remote.session, 2, (const uint8_t *)"tk");
  EXPECT_EQ(coap_cancel_observe(remote.session, NULL, CON), 0);
  coap_send_large(remote.session, make_observe(CON, GET, "746b", 0));
  EXPECT(asks(CON, "746b", -1, 0));
  notify_block(ACK, NULL, 1, 0, 0, 5000);
  for (i = 0; i < 4; i++) {
    EXPECT_EQ(seen.calls, 0);
    EXPECT(asks(CON, tokens[i], BLOCK(i + 1, 0, 6), -1));
    notify_block(ACK, NULL, 1, -1, i + 1, 5000);
  }
  EXPECT_EQ(seen.calls, 1);
  EXPECT(seen.whole && seen.intact && SEEN_TOKEN("746b"));
  EXPECT_EQ(seen.observe, 0);
  EXPECT_EQ(seen.total, 5000);
  EXPECT_EQ(seen.block2, -1);
  EXPECT(remote.session->lg_crcv != NULL);
  EXPECT_EQ(next_deadline(), 0);
  later(&server, 1000000);    /* K16: an observation has no end of its own */

  notify_block(NON, "746b", 2, 1, 0, 3000);
  EXPECT(asks(CON, "7470", BLOCK(1, 0, 6), -1));
  notify_block(ACK, NULL, 2, -1, 1, 3000);
  EXPECT(asks(CON, "7471", BLOCK(2, 0, 6), -1));
  notify_block(ACK, NULL, 2, -1, 2, 3000);
  EXPECT_EQ(seen.calls, 2);
  EXPECT_EQ(seen.observe, 1);
  EXPECT_EQ(seen.total, 3000);
  EXPECT(seen.whole && seen.intact);

  notify(CON, "746b", 3, 2, -1);    /* a small one */
  with_body(0, 10);
  EXPECT(hears(ACK, EMPTY, ""));
  EXPECT_EQ(seen.calls, 3);
  EXPECT_EQ(seen.length, 10);
  EXPECT(!seen.whole);

  notify_block(CON, "746b", 4, 3, 0, 2000);    /* the follow-up goes out before the acknowledgement */
  EXPECT(asks(CON, "7472", BLOCK(1, 0, 6), -1));
  EXPECT(hears(ACK, EMPTY, ""));
  respond_to(ACK, 205, "7472");
  r.mid = 0;
  EXPECT(is_quiet());

  EXPECT_EQ(cancel("746a", CON), 0);
  EXPECT_EQ(cancel("", CON), 0);
  EXPECT_EQ(cancel("746b", ACK), 0);
  EXPECT_EQ(cancel("746b", NON), 1);
  EXPECT_EQ(cancel("746b", NON), 0);
  EXPECT(asks(NON, "746b", -1, 1));
  notify(NON, "746b", 2, -1, -1);
  with_body(0, 20);
  EXPECT_EQ(seen.calls, 4);
  EXPECT_EQ(seen.length, 20);
  EXPECT(SEEN_TOKEN("746b"));
  EXPECT(remote.session->lg_crcv == NULL);
  EXPECT_EQ(events, 0);
  stop();
}

/* Observes with token "74", and has taken in the first notification, a small one. */
static void
observe(unsigned int mode) {
  start(mode);
  coap_send_large(remote.session, make_observe(NON, GET, "74", 0));
  EXPECT(asks(NON, "74", -1, 0));
  notify(NON, NULL, 1, 5, -1);
  with_body(0, 10);
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(seen.observe, 5);
  forget();
}

/* K26: while blocks are on their way, a newer notification takes over, and an older one is dropped. */
static void
notified_meanwhile(unsigned int mode) {
  int parts = mode == BOTH ? 0 : 1;

  observe(mode);
  notify_block(NON, "74", 2, 10, 0, 3000);
  EXPECT(asks(NON, "01", BLOCK(1, 0, 6), -1));
  EXPECT_EQ(seen.calls, parts);
  notify_block(CON, "74", 3, 9, 0, 3000);       /* older */
  EXPECT(hears(ACK, EMPTY, "") && is_quiet());
  notify(NON, "74", 3, 0x800010, -1);           /* older, by RFC 7641 */
  with_body(0, 10);
  EXPECT(is_quiet());
  EXPECT_EQ(seen.calls, parts);
  EXPECT_EQ(events, 0);

  notify_block(CON, "74", 3, 11, 0, 2000);      /* newer */
  EXPECT(asks(NON, "02", BLOCK(1, 0, 6), -1));
  EXPECT(hears(ACK, EMPTY, "") && is_quiet());
  EXPECT_EQ(events, parts);
  notify_block(CON, "01", 2, -1, 1, 3000);      /* what is not waited for any more */
  EXPECT(hears(ACK, EMPTY, "") && is_quiet());
  EXPECT_EQ(seen.calls, 2 * parts);
  notify_block(NON, "02", 3, -1, 1, 2000);
  EXPECT_EQ(seen.calls, 2 * parts + 1);
  EXPECT_EQ(seen.offset + seen.length, 2000);
  EXPECT(seen.intact && SEEN_TOKEN("74"));
  EXPECT_EQ(seen.etag, 3);
  if (mode == BOTH)
    EXPECT_EQ(seen.observe, 11);
  forget();

  notify_block(NON, "74", 4, 12, 0, 3000);
  EXPECT(asks(NON, "03", BLOCK(1, 0, 6), -1));
  forget();
  notify(NON, "74", 5, 13, -1);                 /* newer, and small */
  with_body(0, 10);
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(seen.length, 10);
  EXPECT_EQ(events, parts);
  forget();

  notify_block(NON, "74", 6, 14, 0, 3000);
  EXPECT(asks(NON, "04", BLOCK(1, 0, 6), -1));
  forget();
  later(&server, 129000);                       /* RFC 7641: after 128 seconds anything is newer */
  notify_block(NON, "74", 7, 2, 0, 2000);
  EXPECT(asks(NON, "05", BLOCK(1, 0, 6), -1));
  notify_block(NON, "05", 7, -1, 1, 2000);
  EXPECT_EQ(seen.calls, 1 + parts);
  forget();

  respond_to(NON, 404, "74");                   /* the end */
  with_body(0, 0);
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(seen.code, 404);
  EXPECT(remote.session->lg_crcv == NULL);
  EXPECT_EQ(cancel("74", CON), 0);
  stop();
  EXPECT(is_quiet());
}

/* K25: a body that changes on the way is asked for without Observe, and the observation goes on as it was. */
static void
changes(void) {
  observe(BOTH);
  notify_block(NON, "74", 2, 10, 0, 2000);
  EXPECT(asks(NON, "01", BLOCK(1, 0, 6), -1));
  notify_block(NON, "01", 3, -1, 1, 2000);
  EXPECT(asks(NON, "02", BLOCK(0, 0, 6), -1));
  notify_block(NON, "02", 3, -1, 0, 2000);
  EXPECT(asks(NON, "03", BLOCK(1, 0, 6), -1));
  notify_block(NON, "03", 3, -1, 1, 2000);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(seen.whole && SEEN_TOKEN("74"));
  notify(NON, "74", 4, 11, -1);
  with_body(0, 10);
  EXPECT_EQ(seen.calls, 2);

  notify_block(NON, "74", 5, 12, 0, 2000);      /* cancelled in the middle: also then */
  EXPECT(asks(NON, "04", BLOCK(1, 0, 6), -1));
  EXPECT_EQ(cancel("74", CON), 1);
  EXPECT(asks(CON, "74", -1, 1));
  answer(&remote, ACK, EMPTY, (coap_mid_t)r.mid, "");
  notify_block(NON, "04", 6, -1, 1, 2000);
  EXPECT(asks(NON, "05", BLOCK(0, 0, 6), -1));
  notify(CON, "74", 6, -1, -1);                 /* the answer to the cancellation ends it all */
  with_body(0, 10);
  EXPECT(hears(ACK, EMPTY, ""));
  EXPECT_EQ(seen.calls, 3);
  EXPECT(remote.session->lg_crcv == NULL);
  stop();
  EXPECT(is_quiet());
}

/* K33: notifications that cross a confirmable cancellation are not its answer: it is sent again when it was lost, and its answer
 * is shown. Of a cancellation that may be lost the next notification counts as the answer, and the one after is refused,
 * which ends the observation as well (RFC 7641, section 3.6). */
static void
notified_after_cancelling(void) {
  coap_mid_t mid;

  observe(BOTH);
  EXPECT_EQ(cancel("74", CON), 1);
  EXPECT(asks(CON, "74", -1, 1));
  mid = (coap_mid_t)r.mid;
  notify(CON, "74", 2, 6, -1);
  with_body(0, 10);
  EXPECT(hears(ACK, EMPTY, ""));
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(seen.observe, 6);
  notify_block(NON, "74", 3, 7, 0, 2000);       /* a large one is fetched as ever */
  EXPECT(asks(NON, "01", BLOCK(1, 0, 6), -1));
  notify_block(NON, "01", 3, -1, 1, 2000);
  EXPECT_EQ(seen.calls, 2);
  EXPECT(seen.whole && SEEN_TOKEN("74"));
  EXPECT_EQ(cancel("74", CON), 0);
  EXPECT(is_quiet());

  later(&server, 3000);
  EXPECT(asks(CON, "74", -1, 1));
  EXPECT_EQ((coap_mid_t)r.mid, mid);
  notify(ACK, NULL, 3, -1, -1);
  with_body(0, 10);
  EXPECT_EQ(seen.calls, 3);
  EXPECT_EQ(seen.observe, -1);
  EXPECT(remote.session->lg_crcv == NULL);
  notify(CON, "74", 4, 8, -1);
  with_body(0, 10);
  EXPECT(hears(RST, EMPTY, ""));
  EXPECT_EQ(seen.calls, 3);
  stop();

  observe(BOTH);                                /* a server that answers it with an Observe option */
  EXPECT_EQ(cancel("74", CON), 1);
  EXPECT(asks(CON, "74", -1, 1));
  notify(ACK, NULL, 2, 6, -1);
  with_body(0, 10);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(remote.session->lg_crcv == NULL);
  notify(CON, "74", 2, 7, -1);
  with_body(0, 10);
  EXPECT(hears(RST, EMPTY, ""));
  stop();

  observe(BOTH);
  EXPECT_EQ(cancel("74", NON), 1);
  EXPECT(asks(NON, "74", -1, 1));
  notify(CON, "74", 2, 6, -1);
  with_body(0, 10);
  EXPECT(hears(ACK, EMPTY, ""));
  EXPECT_EQ(seen.calls, 1);
  notify(CON, "74", 3, 7, -1);
  with_body(0, 10);
  EXPECT(hears(RST, EMPTY, ""));
  EXPECT_EQ(seen.calls, 1);
  stop();
}

/* K32: a large FETCH with Observe is known to the server by the token of its last fragment. */
static void
large_fetch(void) {
  coap_pdu_t *pdu;

  start(BOTH);
  pdu = make_observe(CON, FETCH, "66657463", 0);
  EXPECT_EQ(add(pdu, 1500), 1);
  coap_send_large(remote.session, pdu);
  EXPECT(hears(CON, FETCH, "0100000001"));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_OBSERVE), 0);
  respond(ACK, 231);
  block(&d, COAP_OPTION_BLOCK1, 0, 1, 6);
  with_body(0, 0);
  EXPECT(hears(CON, FETCH, "0266657463"));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_OBSERVE), 0);
  notify(ACK, NULL, 1, 1, -1);
  with_body(0, 10);
  EXPECT_EQ(released, 1);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(SEEN_TOKEN("66657463"));

  notify_block(NON, "0266657463", 2, 2, 0, 2000);
  EXPECT(hears(CON, FETCH, "02"));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK1), -1);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK2), BLOCK(1, 0, 6));
  notify_block(ACK, NULL, 2, -1, 1, 2000);
  EXPECT_EQ(seen.calls, 2);
  EXPECT(seen.whole && SEEN_TOKEN("66657463"));
  EXPECT_EQ(seen.observe, 2);

  EXPECT_EQ(cancel("0266657463", CON), 0);
  EXPECT_EQ(cancel("66657463", CON), 1);
  EXPECT(hears(CON, FETCH, "0266657463"));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_OBSERVE), 1);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK1), -1);
  EXPECT_EQ(r.payload_length, 0);
  notify(ACK, NULL, 1, -1, -1);
  with_body(0, 10);
  EXPECT_EQ(seen.calls, 3);
  EXPECT(SEEN_TOKEN("66657463"));
  EXPECT(remote.session->lg_crcv == NULL);
  stop();
}

/* Sends FETCH with Observe and a body of 1500 bytes; the server takes it in under the token of the second fragment. */
static void
observe_large(void) {
  coap_pdu_t *pdu = make_observe(CON, FETCH, "66657463", 0);

  EXPECT_EQ(add(pdu, 1500), 1);
  coap_send_large(remote.session, pdu);
  EXPECT(heard(&remote, &r));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK1), BLOCK(0, 1, 6));
  notify(ACK, NULL, -1, 1, -1);                 /* (Observe where it means nothing) */
  d.bytes[1] = 2 << 5 | 31;
  block(&d, COAP_OPTION_BLOCK1, 0, 1, 6);
  with_body(0, 0);
  EXPECT(heard(&remote, &r));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK1), BLOCK(1, 0, 6));
}

/* K26: what a server sends with a token of the library's that is not in use any more is not shown; and it is told to end
 * the observation that goes with it (RFC 7641, section 3.6). */
static void
replaced_fetch(void) {
  start(BOTH);
  observe_large();
  notify_block(CON, "0100000001", 1, 2, 0, 500);  /* the first fragment's */
  EXPECT(hears(RST, EMPTY, ""));
  EXPECT_EQ(seen.calls, 0);
  respond_to(CON, 205, "0266657463");
  option_uint(&d, COAP_OPTION_OBSERVE, 1);
  with_body(0, 10);
  EXPECT(hears(ACK, EMPTY, ""));
  EXPECT_EQ(seen.calls, 1);
  coap_send_large(remote.session, make(NON, GET, "66657463")); /* takes the token over */
  EXPECT(hears(NON, GET, "66657463"));
  notify(CON, "0266657463", 2, 2, -1);
  with_body(0, 10);
  EXPECT(hears(RST, EMPTY, ""));
  notify(NON, "0266657463", 2, 3, -1);
  with_body(0, 10);
  EXPECT(is_quiet());
  EXPECT_EQ(seen.calls, 1);
  observe_large();                              /* which leaves out the token of the old observation */
  EXPECT(HEARD_TOKEN("0366657463"));
  stop();

  start(BOTH);                                  /* coap_cancel_all_messages stops what ends the observation */
  observe_large();
  notify(ACK, NULL, 1, 1, -1);
  with_body(0, 10);
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(cancel("66657463", CON), 1);
  EXPECT(hears(CON, FETCH, "0266657463"));
  coap_cancel_all_messages(server.context, remote.session, (const uint8_t *)"fetc", 4);
  EXPECT(server.context->sendqueue == NULL);
  later(&server, 100000);
  EXPECT(is_quiet());
  EXPECT_EQ(nacks, 0);
  stop();
}

static ssize_t
fails_to_send(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  (void)sock, (void)session, (void)data, (void)length;
  return -1;
}

/* A cancellation that can't be sent changes nothing. */
static void
cancelled_in_vain(void) {
  ssize_t (*sends)(coap_socket_t *, const coap_session_t *, const uint8_t *, size_t);
  unsigned int type, i;

  for (type = CON; type <= NON; type++) {
    observe(BOTH);
    sends = server.context->network_send;
    server.context->network_send = fails_to_send;
    EXPECT_EQ(cancel("74", type), 0);
    server.context->network_send = sends;
    for (i = 0; i < 3; i++) {
      notify(CON, "74", 2, 6 + (long)i, -1);
      with_body(0, 10);
      EXPECT(hears(ACK, EMPTY, ""));
    }
    EXPECT_EQ(seen.calls, 3);
    EXPECT_EQ(cancel("74", type), 1);
    EXPECT(asks(type, "74", -1, 1));
    stop();
  }
}

/* Requests whose answers are lost do not end an observation, however many they are (X12). */
static void
lost_answers(void) {
  unsigned int i;

  observe(BOTH);
  for (i = 0; i < 600; i++) {
    char token[12];

    snprintf(token, sizeof(token), "%04x", i);
    coap_send(remote.session, make(NON, GET, token));
    EXPECT(heard(&remote, &r));
  }
  notify(CON, "74", 2, 6, -1);
  with_body(0, 10);
  EXPECT(hears(ACK, EMPTY, ""));
  EXPECT_EQ(seen.calls, 1);
  stop();
}

/* The application's own request with Observe 1 ends an observation, too; and a new one with the same token begins it
 * afresh. */
static void
own_requests(void) {
  observe(BOTH);
  coap_send_large(remote.session, make_observe(NON, GET, "74", 0));
  EXPECT(asks(NON, "74", -1, 0));
  EXPECT_EQ(cancel("74", CON), 0);              /* not before it is answered */
  notify(NON, NULL, 2, 1, -1);
  with_body(0, 10);
  EXPECT_EQ(seen.calls, 1);
  coap_send_large(remote.session, make_observe(CON, GET, "74", 1));
  EXPECT(asks(CON, "74", -1, 1));
  EXPECT_EQ(cancel("74", CON), 0);
  notify(ACK, NULL, 2, -1, -1);
  with_body(0, 10);
  EXPECT_EQ(seen.calls, 2);
  EXPECT(remote.session->lg_crcv == NULL);

  coap_send(remote.session, make_observe(CON, GET, "75", 0)); /* the library does not know of this one */
  EXPECT(asks(CON, "75", -1, 0));
  notify(ACK, NULL, 2, 1, -1);
  with_body(0, 10);
  EXPECT_EQ(cancel("75", CON), 0);
  coap_send(remote.session, make_observe(CON, GET, "76", 0)); /* but of this one, by its blocks */
  EXPECT(asks(CON, "76", -1, 0));
  notify_block(ACK, NULL, 2, 1, 0, 1500);
  EXPECT(asks(CON, "01", BLOCK(1, 0, 6), -1));
  notify_block(ACK, NULL, 2, -1, 1, 1500);
  EXPECT_EQ(seen.calls, 4);
  EXPECT_EQ(cancel("76", CON), 1);
  EXPECT(asks(CON, "76", -1, 1));
  stop();
}

/* Session §8: a session that is freed ends its observations, if it is connected (S24). */
static void
the_end(void) {
  static const char farewell[] = "\x61\x01\x51x";
  unsigned int way;

  for (way = 0; way < 4; way++) {
    observe(BOTH);
    if (way == 1)
      coap_session_disconnected(remote.session, COAP_NACK_TLS_FAILED); /* K24 */
    if (way == 2)
      remote.session->state = COAP_SESSION_STATE_NONE;                 /* S24 */
    if (way == 3)
      EXPECT_EQ(cancel("74", NON), 1);
    if (way == 3)
      EXPECT(asks(NON, "74", -1, 1));
    coap_session_release(remote.session);
    remote.session = NULL;
    if (way == 0) {
      EXPECT(hears(NON, GET, "74"));
      EXPECT(r.length == 9 && memcmp(r.bytes + 5, farewell, 4) == 0);
    }
    EXPECT(is_quiet());
    stop();
  }
}

/* K24: the request for a block fails: the observation goes on; the observation's own request fails: it does not. */
static void
failures(void) {
  start(BOTH);
  coap_send_large(remote.session, make_observe(CON, GET, "74", 0));
  EXPECT(asks(CON, "74", -1, 0));
  notify_block(ACK, NULL, 1, 1, 0, 3000);
  EXPECT(asks(CON, "01", BLOCK(1, 0, 6), -1));
  answer(&remote, RST, EMPTY, (coap_mid_t)r.mid, "");
  EXPECT_EQ(nacks, 1);
  EXPECT(has_token(nack_token, nack_token_length, "74"));
  EXPECT(remote.session->lg_crcv != NULL);
  notify(NON, "74", 3, 2, -1);
  with_body(0, 10);
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(cancel("74", CON), 1);
  EXPECT(asks(CON, "74", -1, 1));
  answer(&remote, RST, EMPTY, (coap_mid_t)r.mid, "");
  EXPECT_EQ(nacks, 2);
  EXPECT(remote.session->lg_crcv == NULL);
  stop();
}

int
main(void) {
  coap_set_log_level(LOG_EMERG);
  worked_sequence();
  notified_meanwhile(COAP_BLOCK_USE_LIBCOAP);
  notified_meanwhile(BOTH);
  changes();
  notified_after_cancelling();
  large_fetch();
  replaced_fetch();
  cancelled_in_vain();
  lost_answers();
  own_requests();
  the_end();
  failures();
  return expect_done();
}
