/* A client's large request bodies, Block1: the worked sequences of block.md section 9 byte by byte, what ends a transfer,
 * and what a server cannot make of it (block.md 5, 6.2; K6, K22, K23, K24, K28, K29, K30; X12, X33). */
#include "client_block.h"

/* Expects fragment num/M/1024 of a PUT with this token, and gives it back as an option value. */
static long
fragment(const char *token, unsigned int num, unsigned int m, unsigned int szx, size_t total) {
  size_t size = (size_t)16 << szx, offset = num * size;

  EXPECT(hears(CON, PUT, token));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK1), BLOCK(num, m, szx));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_SIZE1), total);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_URI_PATH), 'x');
  EXPECT(holds(offset, total - offset < size ? total - offset : size));
  return BLOCK(num, m, szx);
}

static void
answer_block1(unsigned int type, unsigned int code, unsigned int num, unsigned int m, unsigned int szx) {
  respond(type, code);
  block(&d, COAP_OPTION_BLOCK1, num, m, szx);
  with_body(0, 0);
}

/* Section 9: PUT of 5000 bytes. */
static void
worked_sequence(unsigned int mode) {
  static const char *const tokens[] = {"0100000001", "0200000000", "0300000000", "0400000000", "0500000000"};
  coap_pdu_t *pdu;
  coap_mid_t mid;
  unsigned int i;

  start(mode);
  pdu = make(CON, PUT, "");
  EXPECT_EQ(add(pdu, 5000), 1);
  EXPECT(remote.session->lg_xmit != NULL);
  EXPECT_EQ(coap_can_exit(server.context), 0);
  mid = pdu->mid;
  EXPECT_EQ(coap_send_large(remote.session, pdu), mid);
  for (i = 0; i < 4; i++) {
    fragment(tokens[i], i, 1, 6, 5000);
    EXPECT_EQ(released, 0);
    answer_block1(ACK, 231, i, 1, 6);
    EXPECT_EQ(seen.calls, 0);
  }
  fragment(tokens[4], 4, 0, 6, 5000);
  respond(ACK, 201);
  with_body(0, 0);
  EXPECT_EQ(released, 1);
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(seen.code, 201);
  EXPECT(SEEN_TOKEN(""));
  EXPECT(seen.has_sent);
  EXPECT(remote.session->lg_xmit == NULL && remote.session->lg_crcv == NULL);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  EXPECT(is_quiet());
  EXPECT_EQ(next_deadline(), 0);
  stop();
  EXPECT_EQ(released, 1);
}

/* coap_send: the first fragment has the application's token, and each following one the low bytes of it. */
static void
plain_send(void) {
  coap_pdu_t *pdu;

  start(BOTH);
  pdu = make(CON, PUT, "0a0b0c0d0e0f");
  EXPECT_EQ(add(pdu, 3000), 1);
  coap_send(remote.session, pdu);
  fragment("0a0b0c0d0e0f", 0, 1, 6, 3000);
  answer_block1(ACK, 231, 0, 1, 6);
  fragment("020c0d0e0f", 1, 1, 6, 3000);
  answer_block1(ACK, 231, 1, 1, 6);
  fragment("030c0d0e0f", 2, 0, 6, 3000);
  respond(ACK, 204);
  block(&d, COAP_OPTION_BLOCK2, 0, 1, 6); /* and its answer in blocks is the application's to fetch (6.3) */
  block(&d, COAP_OPTION_BLOCK1, 2, 0, 6);
  with_body(0, 1024);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(SEEN_TOKEN("0a0b0c0d0e0f"));
  EXPECT_EQ(seen.block2, BLOCK(0, 1, 6));
  EXPECT_EQ(released, 1);
  EXPECT(is_quiet());
  stop();
}

/* Section 9: the server ends it early. Whatever is not 2.xx with Block1 goes to the application, once. */
static void
early_termination(void) {
  static const unsigned int codes[] = {413, 408, 404, 500, 204};
  unsigned int i;
  coap_pdu_t *pdu;

  for (i = 0; i < 5; i++) {
    start(COAP_BLOCK_USE_LIBCOAP);
    pdu = make(CON, PUT, "61");
    EXPECT_EQ(add(pdu, 5000), 1);
    coap_send_large(remote.session, pdu);
    fragment("0100000001", 0, 1, 6, 5000);
    answer_block1(ACK, 231, 0, 1, 6);
    fragment("0200000061", 1, 1, 6, 5000);
    respond(ACK, codes[i]);
    if (codes[i] != 204)
      block(&d, COAP_OPTION_BLOCK1, 1, 1, 6);
    with_body(0, 0);
    EXPECT_EQ(released, 1);
    EXPECT_EQ(seen.calls, 1);
    EXPECT_EQ(seen.code, codes[i]);
    EXPECT(SEEN_TOKEN("61"));
    EXPECT_EQ(seen.block1, codes[i] == 204 ? -1 : BLOCK(1, 1, 6));
    EXPECT(is_quiet());
    EXPECT(remote.session->lg_xmit == NULL);
    stop();
    EXPECT_EQ(released, 1);
  }
}

/* Section 9: the server asks for smaller blocks; K23: larger ones it does not get, and a wrong number ends the upload. */
static void
sizes(void) {
  static const char *const tokens[] = {"0200000000", "0300000000", "0400000000", "0500000000",
                                       "0600000000", "0700000000", "0800000000", "0900000000"};
  unsigned int i;
  coap_pdu_t *pdu;

  start(BOTH);
  pdu = make(CON, PUT, "");
  EXPECT_EQ(add(pdu, 3000), 1);
  coap_send_large(remote.session, pdu);
  fragment("0100000001", 0, 1, 6, 3000);
  answer_block1(ACK, 231, 0, 1, 4);
  for (i = 4; i < 12; i++) {
    fragment(tokens[i - 4], i, i < 11, 4, 3000);
    if (i == 6)
      answer_block1(ACK, 231, 6, 1, 6); /* K23 */
    else if (i < 11)
      answer_block1(ACK, 231, i, 1, 4);
  }
  respond(ACK, 204);
  with_body(0, 0);
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(released, 1);
  forget();

  pdu = make(CON, PUT, "");
  EXPECT_EQ(add(pdu, 3000), 1);
  coap_send_large(remote.session, pdu);
  EXPECT(heard(&remote, &r));
  answer_block1(ACK, 231, 7, 1, 6); /* K23 */
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(seen.code, 231);
  EXPECT_EQ(released, 1);
  EXPECT(is_quiet());
  stop();
}

/* K22, X12: what has another token does not touch the upload, whatever it says; a late answer to an earlier fragment is
 * acknowledged and dropped (K26). */
static void
other_answers(void) {
  coap_pdu_t *pdu;

  start(BOTH);
  pdu = make(CON, PUT, "");
  EXPECT_EQ(add(pdu, 5000), 1);
  coap_send_large(remote.session, pdu);
  fragment("0100000001", 0, 1, 6, 5000);
  answer(&remote, ACK, EMPTY, (coap_mid_t)r.mid, "");   /* the answer comes of its own */
  ask(remote.session, NON, "q");                        /* another request meanwhile */
  EXPECT(hears(NON, GET, "71"));
  respond(NON, 404);
  with_body(0, 0);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(SEEN_TOKEN("71"));
  EXPECT_EQ(released, 0);
  respond_to(CON, 404, "0100000099");
  with_body(0, 0);
  EXPECT(hears(RST, EMPTY, ""));
  respond_to(CON, 404, "");
  with_body(0, 0);
  EXPECT(hears(RST, EMPTY, ""));
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(released, 0);

  respond_to(CON, 231, "0100000001");
  block(&d, COAP_OPTION_BLOCK1, 0, 1, 6);
  with_body(0, 0);
  fragment("0200000000", 1, 1, 6, 5000);  /* before the acknowledgement */
  EXPECT(hears(ACK, EMPTY, ""));
  respond_to(CON, 231, "0100000001");     /* again, with another id: K26 */
  block(&d, COAP_OPTION_BLOCK1, 0, 1, 6);
  with_body(0, 0);
  EXPECT(hears(ACK, EMPTY, ""));
  respond_to(NON, 231, "0100000001");
  block(&d, COAP_OPTION_BLOCK1, 0, 1, 6);
  with_body(0, 0);
  EXPECT(is_quiet());
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(released, 0);
  stop();
  EXPECT_EQ(released, 1);
}

/* K24: the nack handler gets the application's token, and then the body is released. */
static void
nacks_end_it(void) {
  coap_pdu_t *pdu;
  int way, i;

  for (way = 0; way < 3; way++) {
    start(BOTH);
    coap_session_set_max_retransmit(remote.session, 1);
    pdu = make(CON, PUT, "6170706c6963");
    EXPECT_EQ(add(pdu, 3000), 1);
    coap_send_large(remote.session, pdu);
    fragment("0100000001", 0, 1, 6, 3000);
    answer_block1(ACK, 231, 0, 1, 6);
    fragment("02706c6963", 1, 1, 6, 3000);
    EXPECT_EQ(released, 0);
    if (way == 0) {
      answer(&remote, RST, EMPTY, (coap_mid_t)r.mid, "");
    } else if (way == 1) {
      for (i = 0; i < 30; i++)
        later(&server, 1000);
    } else {
      coap_session_disconnected(remote.session, COAP_NACK_TLS_FAILED);
    }
    EXPECT_EQ(nacks, 1);
    EXPECT_EQ(nack_reason, way == 0 ? COAP_NACK_RST : way == 1 ? COAP_NACK_TOO_MANY_RETRIES : COAP_NACK_TLS_FAILED);
    EXPECT(has_token(nack_token, nack_token_length, "6170706c6963"));
    EXPECT_EQ(released, 1);
    EXPECT(remote.session->lg_xmit == NULL && remote.session->lg_crcv == NULL);
    EXPECT_EQ(coap_can_exit(server.context), 1);
    stop();
    EXPECT_EQ(released, 1);
  }
}

/* coap_cancel_all_messages, with the token that the application knows: the transfer ends, and nobody is told. */
static void
cancelled(void) {
  coap_pdu_t *pdu;

  start(BOTH);
  pdu = make(CON, PUT, "61");
  EXPECT_EQ(add(pdu, 3000), 1);
  coap_send_large(remote.session, pdu);
  fragment("0100000001", 0, 1, 6, 3000);
  answer_block1(ACK, 231, 0, 1, 6);
  fragment("0200000061", 1, 1, 6, 3000);
  coap_cancel_all_messages(server.context, remote.session, (const uint8_t *)"b", 1);
  EXPECT_EQ(released, 0);
  coap_cancel_all_messages(server.context, remote.session, (const uint8_t *)"a", 1);
  EXPECT_EQ(released, 1);
  EXPECT(server.context->sendqueue == NULL);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  respond(CON, 204); /* K26 */
  with_body(0, 0);
  EXPECT(hears(ACK, EMPTY, ""));
  later(&server, 100000);
  EXPECT(is_quiet());
  EXPECT_EQ(nacks + seen.calls, 0);
  stop();
}

/* K14, K16: what is not answered is released 247 seconds after the last message; not while it is confirmable. */
static void
ends_in_time(void) {
  coap_pdu_t *pdu;

  start(BOTH);
  pdu = make(NON, PUT, "");
  EXPECT_EQ(add(pdu, 3000), 1);
  coap_send_large(remote.session, pdu);
  EXPECT(heard(&remote, &r));
  later(&server, 200000);
  respond(NON, 231);
  block(&d, COAP_OPTION_BLOCK1, 0, 1, 6);
  with_body(0, 0);
  EXPECT(heard(&remote, &r));
  EXPECT_EQ(r.type, NON);
  later(&server, 246999);
  EXPECT_EQ(released, 0);
  EXPECT_EQ(next_deadline() > 0, 1);
  later(&server, 1);
  EXPECT_EQ(released, 1);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  forget();

  pdu = make(CON, PUT, ""); /* never sent */
  EXPECT_EQ(add(pdu, 3000), 1);
  coap_delete_pdu(pdu);
  later(&server, 246999);
  EXPECT_EQ(released, 0);
  later(&server, 1);
  EXPECT_EQ(released, 1);
  forget();

  pdu = make(CON, PUT, "");
  EXPECT_EQ(add(pdu, 3000), 1);
  coap_send(remote.session, pdu);
  EXPECT(heard(&remote, &r));
  answer(&remote, ACK, EMPTY, (coap_mid_t)r.mid, "");
  later(&server, 1000000);
  EXPECT_EQ(released, 0);
  EXPECT_EQ(next_deadline(), 0);
  respond(CON, 204);
  with_body(0, 0);
  EXPECT_EQ(released, 1);
  EXPECT_EQ(seen.calls, 1);
  stop();
}

/* Section 5: what fits goes at once, with or without Block1; another body with the same token takes the place of the
 * first (X33); a fragment of the application's choice is only that (K29); mode 0. */
static void
what_is_added(void) {
  coap_pdu_t *pdu;
  size_t length;
  uint8_t option[3];
  int old = 0;

  start(BOTH);
  pdu = make(CON, PUT, "");
  EXPECT_EQ(add(pdu, 1145), 1);           /* the most that goes in one message */
  EXPECT_EQ(released, 1);
  EXPECT_EQ(option_of(pdu, COAP_OPTION_BLOCK1), -1);
  EXPECT_EQ(option_of(pdu, COAP_OPTION_SIZE1), -1);
  EXPECT(remote.session->lg_xmit == NULL);
  coap_delete_pdu(pdu);
  forget();

  pdu = make(CON, PUT, "");
  EXPECT_EQ(add(pdu, 1146), 1);
  EXPECT_EQ(released, 0);
  EXPECT_EQ(option_of(pdu, COAP_OPTION_BLOCK1), BLOCK(0, 1, 6));
  EXPECT_EQ(option_of(pdu, COAP_OPTION_SIZE1), 1146);
  coap_delete_pdu(pdu);
  pdu = make(CON, PUT, "");
  EXPECT_EQ(coap_add_data_large_request(remote.session, pdu, 2000, body, on_release, &old), 1);
  EXPECT_EQ(released, 1);                 /* the first made way */
  coap_delete_pdu(pdu);
  pdu = make(CON, PUT, "");
  EXPECT_EQ(add(pdu, 10), 1);
  EXPECT_EQ(old, 1);
  coap_delete_pdu(pdu);
  forget();

  for (length = 16; length <= 17; length++) {
    pdu = make(CON, PUT, "");
    coap_add_option(pdu, COAP_OPTION_BLOCK1, coap_encode_var_safe(option, 3, BLOCK(0, 0, 0)), option);
    EXPECT_EQ(add(pdu, length), 1);
    EXPECT_EQ(option_of(pdu, COAP_OPTION_BLOCK1), BLOCK(0, length > 16, 0));
    EXPECT_EQ(option_of(pdu, COAP_OPTION_SIZE1), length > 16 ? 17 : -1);
    EXPECT_EQ(released, length == 16);
    released = 0;
    coap_delete_pdu(pdu);
  }
  forget();

  pdu = make(CON, PUT, "72");
  coap_add_option(pdu, COAP_OPTION_BLOCK1, coap_encode_var_safe(option, 3, BLOCK(3, 1, 6)), option);
  EXPECT_EQ(add(pdu, 5000), 1);
  EXPECT_EQ(released, 1);
  EXPECT_EQ(option_of(pdu, COAP_OPTION_BLOCK1), BLOCK(3, 1, 6));
  coap_send_large(remote.session, pdu);
  EXPECT(hears(CON, PUT, "72"));
  EXPECT(holds(3072, 1024));
  answer_block1(ACK, 231, 3, 1, 6);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(is_quiet());
  coap_session_set_mtu(remote.session, 600);
  pdu = make(CON, PUT, "73");
  coap_add_option(pdu, COAP_OPTION_BLOCK1, coap_encode_var_safe(option, 3, BLOCK(3, 1, 6)), option);
  EXPECT_EQ(add(pdu, 5000), 1);           /* K29: the same place in smaller blocks */
  EXPECT_EQ(option_of(pdu, COAP_OPTION_BLOCK1), BLOCK(6, 1, 5));
  coap_send(remote.session, pdu);
  EXPECT(hears(CON, PUT, "73"));
  EXPECT(holds(3072, 512));
  answer_block1(ACK, 231, 6, 1, 5);
  stop();

  start(0);
  pdu = make(CON, PUT, "");
  EXPECT_EQ(add(pdu, 5000), 0);
  EXPECT_EQ(released, 1);
  EXPECT(pdu->data == NULL);
  EXPECT_EQ(add(pdu, 100), 1);
  EXPECT_EQ(released, 2);
  coap_delete_pdu(pdu);
  stop();
}

/* K28: with each length of the token and each size limit, later fragments fit as the first one did. */
static void
tokens_fit(void) {
  static const char *const tokens[] = {"", "61", "6162", "616263", "61626364", "6162636465", "616263646566",
                                       "61626364656667", "6162636465666768"};
  unsigned int i, mtu, num;
  coap_pdu_t *pdu;

  for (i = 0; i < 9; i++) {
    for (mtu = 40; mtu < 180; mtu++) {
      start(BOTH);
      coap_session_set_mtu(remote.session, mtu);
      pdu = make(CON, PUT, tokens[i]);
      if (!add(pdu, 1000)) {
        EXPECT_EQ(released, 1);
        EXPECT(mtu < 48);
        coap_delete_pdu(pdu);
        stop();
        continue;
      }
      coap_send_large(remote.session, pdu);
      for (num = 0; num < 1000 && heard(&remote, &r) && seen.calls == 0; num++) {
        long option = reply_option(&r, COAP_OPTION_BLOCK1);

        EXPECT_EQ(option >> 4, num);
        EXPECT(r.length <= mtu);
        if (option & 8)
          answer_block1(ACK, 231, num, 1, (unsigned int)option & 7);
        else
          answer_block1(ACK, 204, num, 0, (unsigned int)option & 7);
      }
      EXPECT_EQ(seen.calls, 1);
      EXPECT_EQ(seen.code, 204);
      EXPECT_EQ(released, 1);
      stop();
    }
  }
}

/* Two uploads and a download at the same time, each answer where it belongs (K22). */
static void
side_by_side(void) {
  coap_pdu_t *pdu;
  int other = 0;

  start(BOTH);
  pdu = make(NON, PUT, "61");
  EXPECT_EQ(add(pdu, 2000), 1);
  coap_send_large(remote.session, pdu);
  EXPECT(hears(NON, PUT, "0100000001"));
  pdu = make(NON, PUT, "62");
  EXPECT_EQ(coap_add_data_large_request(remote.session, pdu, 3000, body, on_release, &other), 1);
  coap_send_large(remote.session, pdu);
  EXPECT(hears(NON, PUT, "0100000002"));
  respond(NON, 231);
  block(&d, COAP_OPTION_BLOCK1, 0, 1, 6);
  with_body(0, 0);
  EXPECT(hears(NON, PUT, "0200000062"));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_SIZE1), 3000);
  respond_to(NON, 231, "0100000001");
  block(&d, COAP_OPTION_BLOCK1, 0, 1, 6);
  with_body(0, 0);
  EXPECT(hears(NON, PUT, "0200000061"));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_SIZE1), 2000);
  respond(NON, 204);
  with_body(0, 0);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(SEEN_TOKEN("61"));
  EXPECT_EQ(released, 1);
  EXPECT_EQ(other, 0);
  EXPECT(remote.session->lg_xmit != NULL);
  stop();
  EXPECT_EQ(released, 1);
  EXPECT_EQ(other, 1);
}

int
main(void) {
  coap_set_log_level(LOG_EMERG);
  worked_sequence(COAP_BLOCK_USE_LIBCOAP);
  worked_sequence(BOTH);
  plain_send();
  early_termination();
  sizes();
  other_answers();
  nacks_end_it();
  cancelled();
  ends_in_time();
  what_is_added();
  tokens_fit();
  side_by_side();
  return expect_done();
}
