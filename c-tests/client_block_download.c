/* A client's large responses, Block2: the worked sequence of block.md section 9, and servers that change, mix, cut or
 * repeat what they send (block.md 6.1, 6.3; K2, K4, K9, K25, K26, K27, K30, K31; X12, X30, X35). */
#include "client_block.h"

static void
get(unsigned int type, const char *token, int large) {
  coap_pdu_t *pdu = make(type, GET, token);
  coap_mid_t mid = pdu->mid;

  if (large)
    EXPECT_EQ(coap_send_large(remote.session, pdu), mid);
  else
    EXPECT_EQ(coap_send(remote.session, pdu), mid);
}

/* Begins a 2.05 with ETag, Content-Format, Block2 and Size2; a number below 0 leaves the option out. */
static void
content(unsigned int type, long etag, long format, long block2, long size2) {
  respond(type, 205);
  if (etag >= 0)
    option_uint(&d, COAP_OPTION_ETAG, (unsigned long)etag);
  if (format >= 0)
    option_uint(&d, COAP_OPTION_CONTENT_FORMAT, (unsigned long)format);
  if (block2 >= 0)
    option_uint(&d, COAP_OPTION_BLOCK2, (unsigned long)block2);
  if (size2 >= 0)
    option_uint(&d, COAP_OPTION_SIZE2, (unsigned long)size2);
}

/* Answers what was heard with block num of a body of `total` bytes, in blocks of 1024. */
static void
give(unsigned int type, long etag, unsigned int num, size_t total) {
  size_t offset = num * 1024u, length = total - offset < 1024 ? total - offset : 1024;

  content(type, etag, 0, BLOCK(num, offset + length < total, 6), (long)total);
  with_body(offset, length);
}

/* A request for this block, with this token. */
static int
asks(unsigned int type, const char *token, long block2) {
  return hears(type, GET, token) && reply_option(&r, COAP_OPTION_BLOCK2) == block2 &&
         reply_option(&r, COAP_OPTION_URI_PATH) == 'x' && r.payload_length == 0;
}

/* Section 9: GET of 5000 bytes. With coap_send the first answer must come on the acknowledgement. */
static void
worked_sequence(unsigned int mode, unsigned int type, int large) {
  static const char *const tokens[] = {"", "01", "02", "03", "04"};
  unsigned int i, answer_type = type == CON ? ACK : NON;

  start(mode);
  get(type, "", large);
  for (i = 0; i < 5; i++) {
    EXPECT(asks(type, tokens[i], i ? BLOCK(i, 0, 6) : -1));
    give(answer_type, 1, i, 5000);
    if (mode == BOTH) {
      EXPECT_EQ(seen.calls, i == 4);
      continue;
    }
    EXPECT_EQ(seen.calls, (int)i + 1);
    EXPECT(SEEN_TOKEN(""));
    EXPECT_EQ(seen.offset, i * 1024);
    EXPECT_EQ(seen.length, i < 4 ? 1024 : 904);
    EXPECT_EQ(seen.total, 5000);
    EXPECT(seen.intact && !seen.whole);
    EXPECT_EQ(seen.block2, BLOCK(i, i < 4, 6));
    EXPECT_EQ(seen.has_sent, type == CON);
  }
  EXPECT(is_quiet());
  if (mode == BOTH) {
    EXPECT(SEEN_TOKEN(""));
    EXPECT_EQ(seen.offset, 0);
    EXPECT_EQ(seen.length, 5000);
    EXPECT_EQ(seen.total, 5000);
    EXPECT(seen.intact && seen.whole);
    EXPECT_EQ(seen.block2, -1);
    EXPECT_EQ(seen.size2, 5000);
    EXPECT_EQ(seen.etag, 1);
  }
  EXPECT(remote.session->lg_crcv == NULL);
  EXPECT_EQ(next_deadline(), 0);
  EXPECT_EQ(events, 0);
  stop();
}

/* Raw: mode 0; a random access; and without a download the first block of a NON's or separate response (K31). */
static void
raw(void) {
  coap_pdu_t *pdu;
  uint8_t option[3];

  start(0);
  get(CON, "", 1);
  EXPECT(asks(CON, "", -1));
  give(ACK, 1, 0, 5000);
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(seen.length, 1024);
  EXPECT_EQ(seen.offset, 0);
  EXPECT_EQ(seen.total, 1024);
  EXPECT(!seen.whole && is_quiet());
  stop();

  start(BOTH);
  get(NON, "61", 0);
  EXPECT(asks(NON, "61", -1));
  give(NON, 1, 0, 5000);
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(seen.total, 1024);
  EXPECT(is_quiet());
  get(CON, "62", 0);
  EXPECT(asks(CON, "62", -1));
  give(CON, 1, 0, 5000);
  EXPECT_EQ(seen.calls, 2);
  EXPECT_EQ(seen.total, 1024);
  EXPECT(hears(ACK, EMPTY, "") && is_quiet());

  pdu = make(CON, GET, "63");
  coap_add_option(pdu, COAP_OPTION_BLOCK2, coap_encode_var_safe(option, 3, BLOCK(2, 0, 6)), option);
  coap_send_large(remote.session, pdu);
  EXPECT(asks(CON, "63", BLOCK(2, 0, 6)));
  give(ACK, 1, 2, 5000);
  EXPECT_EQ(seen.calls, 3);
  EXPECT_EQ(seen.offset, 2048);
  EXPECT_EQ(seen.length, 1024);
  EXPECT_EQ(seen.total, 3073);
  EXPECT(!seen.whole && seen.intact && is_quiet());
  EXPECT(remote.session->lg_crcv == NULL);
  stop();
}

/* K31: a separate response to what coap_send_large has sent is followed up. */
static void
separate(void) {
  struct reply asked;
  unsigned int i;

  start(BOTH);
  get(CON, "61", 1);
  EXPECT(asks(CON, "61", -1));
  answer(&remote, ACK, EMPTY, (coap_mid_t)r.mid, "");
  later(&server, 1000000);  /* K16: it has been acknowledged, so the answer may take its time */
  for (i = 0; i < 3; i++) {
    give(CON, 1, i, 3000);
    if (i < 2) {
      EXPECT(asks(CON, i ? "02" : "01", BLOCK(i + 1, 0, 6)));
      asked = r;
      EXPECT(hears(ACK, EMPTY, ""));
      r = asked;
      r.token = r.bytes + 4;
    } else {
      EXPECT(hears(ACK, EMPTY, "") && is_quiet());
    }
  }
  EXPECT_EQ(seen.calls, 1);
  EXPECT(seen.whole && seen.intact && SEEN_TOKEN("61"));
  EXPECT_EQ(seen.total, 3000);
  stop();
}

/* Section 9, K25: the body changes; it is asked for anew, without Observe, three times at most (X35). */
static void
etag_changes(unsigned int mode) {
  unsigned int i, calls;

  start(mode);
  get(NON, "", 1);
  EXPECT(asks(NON, "", -1));
  give(NON, 1, 0, 3000);
  EXPECT(asks(NON, "01", BLOCK(1, 0, 6)));
  give(NON, 1, 1, 3000);
  EXPECT(asks(NON, "02", BLOCK(2, 0, 6)));
  calls = (unsigned int)seen.calls;
  EXPECT_EQ(calls, mode == BOTH ? 0 : 2);
  give(NON, 2, 2, 3000);
  EXPECT_EQ(events, mode == BOTH ? 0 : 1);
  EXPECT_EQ(seen.calls, calls);
  for (i = 0; i < 3; i++) {
    EXPECT(asks(NON, i == 0 ? "03" : i == 1 ? "04" : "05", BLOCK(i, 0, 6)));
    give(NON, 2, i, 3000);
  }
  EXPECT(is_quiet());
  EXPECT_EQ(seen.calls, mode == BOTH ? 1 : 5);
  EXPECT_EQ(seen.etag, 2);
  EXPECT_EQ(seen.offset + seen.length, 3000);
  EXPECT_EQ(seen.total, 3000);
  EXPECT(seen.intact);
  forget();

  /* X35: a body that changes all the time. */
  get(NON, "7a", 1);
  EXPECT(asks(NON, "7a", -1));
  for (i = 0; i < 100; i++) {
    give(NON, 10 + i, 0, 3000);
    if (!heard(&remote, &r))
      break;
    content(NON, 11 + i, 0, BLOCK(1, 1, 6), -1);
    with_body(1024, 1024);
    if (!heard(&remote, &r))
      break;
  }
  EXPECT_EQ(i, 3);
  EXPECT_EQ(events, mode == BOTH ? 1 : 4);
  EXPECT(SEEN_TOKEN("7a"));
  EXPECT(is_quiet());
  EXPECT(remote.session->lg_crcv == NULL);
  stop();
}

/* K25: what is not a GET is not done again; a FETCH is, with its payload. */
static void
changes_of_others(void) {
  static const unsigned int methods[] = {PUT, POST, FETCH};
  coap_pdu_t *pdu;
  unsigned int i;

  for (i = 0; i < 3; i++) {
    start(BOTH);
    pdu = make(CON, methods[i], "61");
    coap_add_data(pdu, 5, (const uint8_t *)"query");
    coap_send_large(remote.session, pdu);
    EXPECT(hears(CON, methods[i], "61"));
    EXPECT_EQ(r.payload_length, 5);
    give(ACK, 1, 0, 3000);
    EXPECT(hears(CON, methods[i], "01"));
    EXPECT_EQ(r.payload_length, 0);
    give(ACK, 2, 1, 3000);
    if (methods[i] == FETCH) {
      EXPECT(hears(CON, FETCH, "02"));
      EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK2), BLOCK(0, 0, 6));
      EXPECT(r.payload_length == 5 && memcmp(r.payload, "query", 5) == 0);
      EXPECT_EQ(events, 0);
    } else {
      EXPECT_EQ(events, 1);
      EXPECT_EQ(last_event, COAP_EVENT_PARTIAL_BLOCK);
      EXPECT_EQ(seen.calls, 1);
      EXPECT(SEEN_TOKEN("61"));
      EXPECT_EQ(seen.offset, 1024);
      EXPECT(is_quiet());
      EXPECT(remote.session->lg_crcv == NULL);
    }
    stop();
  }
}

/* 6.3, 2: blocks that do not belong together are given as they are, and the session gives up whole bodies. */
static void
mixed(void) {
  unsigned int i;

  for (i = 0; i < 2; i++) {
    start(BOTH);
    get(CON, "61", 1);
    EXPECT(asks(CON, "61", -1));
    give(ACK, 1, 0, 3000);
    EXPECT(asks(CON, "01", BLOCK(1, 0, 6)));
    content(ACK, i ? 1 : -1, i ? 41 : 0, BLOCK(1, 1, 6), 3000);
    with_body(1024, 1024);
    EXPECT_EQ(seen.calls, 1);
    EXPECT(SEEN_TOKEN("61") && !seen.whole && seen.intact);
    EXPECT_EQ(seen.offset, 1024);
    EXPECT(seen.total > 2048);
    EXPECT_EQ(remote.session->block_mode, COAP_BLOCK_USE_LIBCOAP);
    EXPECT(is_quiet());
    EXPECT(remote.session->lg_crcv == NULL);
    stop();
  }
}

/* K9: a block that is not the last one must be full, and on UDP there is no exponent 7. */
static void
wrong_lengths(void) {
  static const struct {
    long block2;
    size_t length;
  } bad[] = {{BLOCK(0, 1, 6), 1000}, {BLOCK(0, 1, 6), 0}, {BLOCK(0, 1, 5), 1024}, {BLOCK(0, 0, 2), 65}, {BLOCK(0, 1, 7), 1024}};
  unsigned int i;

  for (i = 0; i < 10; i++) {
    start(i % 2 ? COAP_BLOCK_USE_LIBCOAP : BOTH);
    get(NON, "61", 1);
    EXPECT(asks(NON, "61", -1));
    content(NON, 1, 0, bad[i / 2].block2, -1);
    with_body(0, bad[i / 2].length);
    EXPECT_EQ(seen.calls, 1);
    EXPECT_EQ(seen.length, bad[i / 2].length);
    EXPECT(!seen.whole && SEEN_TOKEN("61"));
    EXPECT(is_quiet());
    EXPECT(remote.session->lg_crcv == NULL);
    stop();
  }
  start(BOTH);
  get(NON, "61", 1);
  EXPECT(asks(NON, "61", -1));
  give(NON, 1, 0, 3000);
  EXPECT(asks(NON, "01", BLOCK(1, 0, 6)));
  content(NON, 1, 0, BLOCK(1, 1, 6), 3000);
  with_body(1024, 1000);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(!seen.whole && SEEN_TOKEN("61") && is_quiet());
  stop();
}

/* K26: M and the bytes decide, not Size2; K2, K4: nothing is made up for what is missing. */
static void
size2_is_a_hint(void) {
  static const long sizes[] = {-1, 0, 1, 1024, 1500, 2048, 9999, 0x7fffffff};
  unsigned int i;

  for (i = 0; i < 16; i++) {
    long size2 = sizes[i / 2];

    start(i % 2 ? COAP_BLOCK_USE_LIBCOAP : BOTH);
    get(CON, "61", 1);
    EXPECT(asks(CON, "61", -1));
    content(ACK, 1, 0, BLOCK(0, 1, 6), size2);
    with_body(0, 1024);
    EXPECT_EQ(seen.calls, i % 2);
    if (i % 2)
      EXPECT_EQ(seen.total, size2 > 1025 ? size2 : 1025);
    EXPECT(asks(CON, "01", BLOCK(1, 0, 6)));
    content(ACK, 1, 0, BLOCK(1, 0, 6), size2);
    with_body(1024, 476);
    EXPECT_EQ(seen.calls, 1 + i % 2);
    EXPECT_EQ(seen.offset + seen.length, 1500);
    EXPECT_EQ(seen.total, 1500);
    EXPECT(seen.intact && is_quiet());
    stop();
  }
}

/* K26: what is missing when the last block comes is asked for (mode 3), or passed over (mode 1). */
static void
gaps(void) {
  start(BOTH);
  get(CON, "61", 1);
  EXPECT(asks(CON, "61", -1));
  give(ACK, 1, 0, 5000);
  EXPECT(asks(CON, "01", BLOCK(1, 0, 6)));
  give(ACK, 1, 4, 5000);
  EXPECT_EQ(seen.calls, 0);
  EXPECT(asks(CON, "02", BLOCK(1, 0, 6)));
  give(ACK, 1, 1, 5000);
  EXPECT(asks(CON, "03", BLOCK(2, 0, 6)));
  give(ACK, 1, 2, 5000);
  EXPECT(asks(CON, "04", BLOCK(3, 0, 6)));
  give(ACK, 1, 3, 5000);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(seen.whole && seen.intact);
  EXPECT_EQ(seen.length, 5000);
  EXPECT(is_quiet());
  stop();

  start(COAP_BLOCK_USE_LIBCOAP);
  get(CON, "61", 1);
  EXPECT(asks(CON, "61", -1));
  give(ACK, 1, 0, 5000);
  EXPECT(asks(CON, "01", BLOCK(1, 0, 6)));
  give(ACK, 1, 4, 5000);
  EXPECT_EQ(seen.calls, 2);
  EXPECT_EQ(seen.offset, 4096);
  EXPECT(is_quiet());
  EXPECT(remote.session->lg_crcv == NULL);
  stop();
}

/* More than three ranges; the same block again (X35: it is not delivered twice); blocks that contradict each other. */
static void
no_progress(void) {
  static const unsigned int far[] = {0, 2, 4, 6};
  unsigned int i, mode;

  for (mode = 1; mode <= 3; mode += 2) {
    start(mode);
    get(CON, "61", 1);
    for (i = 0; i < 4; i++) {
      EXPECT(heard(&remote, &r));
      give(ACK, 1, far[i], 30000);
    }
    EXPECT_EQ(events, 1);
    EXPECT_EQ(seen.calls, mode == 3 ? 1 : 4);
    EXPECT_EQ(seen.offset, 6144);
    EXPECT(!seen.whole && seen.intact && is_quiet());
    EXPECT(remote.session->lg_crcv == NULL);
    stop();

    start(mode);
    get(CON, "61", 1);
    EXPECT(asks(CON, "61", -1));
    give(ACK, 1, 0, 30000);
    EXPECT(asks(CON, "01", BLOCK(1, 0, 6)));
    give(ACK, 1, 0, 30000);
    EXPECT_EQ(events, 1);
    EXPECT_EQ(seen.calls, mode == 3 ? 0 : 1);
    EXPECT(is_quiet());
    EXPECT(remote.session->lg_crcv == NULL);
    stop();
  }
  start(BOTH);
  get(CON, "61", 1);
  EXPECT(asks(CON, "61", -1));
  give(ACK, 1, 0, 30000);
  EXPECT(asks(CON, "01", BLOCK(1, 0, 6)));
  give(ACK, 1, 5, 30000);
  EXPECT(asks(CON, "02", BLOCK(6, 0, 6)));
  give(ACK, 1, 3, 3500); /* the last one, before what has come already */
  EXPECT_EQ(events, 1);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(!seen.whole && is_quiet());
  stop();
}

/* A server that never says that it is done: the body has a limit (X30, X35). */
static void
endless(void) {
  unsigned int i;

  setenv("COAP_MAX_BODY", "20000", 1);
  start(BOTH);
  unsetenv("COAP_MAX_BODY");
  get(CON, "61", 1);
  for (i = 0; i < 100 && heard(&remote, &r); i++) {
    content(ACK, 1, 0, BLOCK(i, 1, 6), -1);
    with_body(i * 1024, 1024);
  }
  EXPECT_EQ(i, 20);
  EXPECT_EQ(events, 1);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(!seen.whole);
  EXPECT_EQ(seen.offset, 19 * 1024);
  EXPECT(remote.session->lg_crcv == NULL);
  stop();
}

/* Errors and answers without Block2 in the middle end it, and are given as they are. */
static void
ends_in_the_middle(void) {
  unsigned int i;

  for (i = 0; i < 2; i++) {
    start(BOTH);
    get(CON, "61", 1);
    EXPECT(asks(CON, "61", -1));
    give(ACK, 1, 0, 3000);
    EXPECT(asks(CON, "01", BLOCK(1, 0, 6)));
    respond(ACK, i ? 205 : 404);
    with_body(0, 10);
    EXPECT_EQ(seen.calls, 1);
    EXPECT_EQ(seen.code, i ? 205 : 404);
    EXPECT(SEEN_TOKEN("61"));
    EXPECT_EQ(seen.length, 10);
    EXPECT(!seen.whole && is_quiet());
    EXPECT(remote.session->lg_crcv == NULL);
    stop();
  }
}

/* The server may answer in smaller blocks than were asked for, and change to yet smaller ones. */
static void
smaller_blocks(void) {
  coap_pdu_t *pdu;
  uint8_t option[3];

  start(BOTH);
  pdu = make(CON, GET, "61");
  coap_add_option(pdu, COAP_OPTION_BLOCK2, coap_encode_var_safe(option, 3, BLOCK(0, 0, 4)), option);
  coap_send_large(remote.session, pdu);
  EXPECT(asks(CON, "61", BLOCK(0, 0, 4)));
  content(ACK, 1, 0, BLOCK(0, 1, 3), 300);
  with_body(0, 128);
  EXPECT(asks(CON, "01", BLOCK(1, 0, 3)));
  content(ACK, 1, 0, BLOCK(2, 1, 2), 300);
  with_body(128, 64);
  EXPECT(asks(CON, "02", BLOCK(3, 0, 2)));
  content(ACK, 1, 0, BLOCK(3, 1, 2), 300);
  with_body(192, 64);
  EXPECT(asks(CON, "03", BLOCK(4, 0, 2)));
  content(ACK, 1, 0, BLOCK(4, 0, 2), 300);
  with_body(256, 44);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(seen.whole && seen.intact);
  EXPECT_EQ(seen.total, 300);
  stop();
}

/* K26: late answers with retired tokens; X12: a foreign token; an upload's answer that has blocks itself. */
static void
stray_tokens(void) {
  coap_pdu_t *pdu;

  start(BOTH);
  get(NON, "61", 1);
  EXPECT(asks(NON, "61", -1));
  give(NON, 1, 0, 3000);
  EXPECT(asks(NON, "01", BLOCK(1, 0, 6)));
  give(NON, 1, 1, 3000);
  EXPECT(asks(NON, "02", BLOCK(2, 0, 6)));
  respond_to(CON, 404, "01");   /* K26 */
  with_body(0, 0);
  EXPECT(hears(ACK, EMPTY, ""));
  respond_to(NON, 404, "01");
  with_body(0, 0);
  EXPECT(is_quiet());
  respond_to(CON, 404, "09");   /* X12 */
  with_body(0, 0);
  EXPECT(hears(RST, EMPTY, ""));
  EXPECT_EQ(seen.calls, 0);
  respond_to(NON, 205, "02");
  give(NON, 1, 2, 3000);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(seen.whole && seen.intact);
  respond_to(CON, 404, "02");
  with_body(0, 0);
  EXPECT(hears(ACK, EMPTY, ""));
  respond_to(CON, 404, "61");   /* that one was the application's */
  with_body(0, 0);
  EXPECT(hears(RST, EMPTY, ""));
  EXPECT_EQ(seen.calls, 1);
  forget();

  pdu = make(CON, POST, "62");
  EXPECT_EQ(add(pdu, 2000), 1);
  coap_send_large(remote.session, pdu);
  EXPECT(hears(CON, POST, "0100000003"));
  respond(ACK, 231);
  block(&d, COAP_OPTION_BLOCK1, 0, 1, 6);
  with_body(0, 0);
  EXPECT(hears(CON, POST, "0200000062"));
  respond(ACK, 204);
  block(&d, COAP_OPTION_BLOCK2, 0, 1, 6);
  block(&d, COAP_OPTION_BLOCK1, 1, 0, 6);
  with_body(0, 1024);
  EXPECT_EQ(released, 1);
  EXPECT_EQ(seen.calls, 0);
  EXPECT(hears(CON, POST, "04"));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK2), BLOCK(1, 0, 6));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK1), -1);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_SIZE1), 2000);
  EXPECT_EQ(r.payload_length, 0);
  respond(ACK, 204);
  block(&d, COAP_OPTION_BLOCK2, 1, 0, 6);
  with_body(1024, 500);
  EXPECT_EQ(seen.calls, 1);
  EXPECT(seen.whole && seen.intact && SEEN_TOKEN("62"));
  EXPECT_EQ(seen.length, 1524);
  stop();
}

/* The handler may refuse a part, but not the last one nor a whole body (6.3, 5 and 6). */
static void
refused(void) {
  unsigned int i;

  for (i = 0; i < 2; i++) {
    start(i ? BOTH : COAP_BLOCK_USE_LIBCOAP);
    refuse = 1;
    get(NON, "61", 1);
    EXPECT(asks(NON, "61", -1));
    give(CON, 1, 0, 2000);
    EXPECT(asks(NON, "01", BLOCK(1, 0, 6)));
    EXPECT(hears(i ? ACK : RST, EMPTY, ""));
    respond_to(CON, 205, "01");
    give(CON, 1, 1, 2000);
    EXPECT(hears(ACK, EMPTY, "") && is_quiet());
    EXPECT_EQ(seen.calls, i ? 1 : 2);
    stop();
  }
}

/* K24: a follow-up that fails; K16: one that is not answered; and both leave nothing behind. */
static void
lost_follow_ups(void) {
  start(BOTH);
  get(CON, "6162", 1);
  EXPECT(asks(CON, "6162", -1));
  give(ACK, 1, 0, 3000);
  EXPECT(asks(CON, "01", BLOCK(1, 0, 6)));
  answer(&remote, RST, EMPTY, (coap_mid_t)r.mid, "");
  EXPECT_EQ(nacks, 1);
  EXPECT(has_token(nack_token, nack_token_length, "6162"));
  EXPECT(remote.session->lg_crcv == NULL);
  forget();

  get(NON, "63", 1);
  EXPECT(asks(NON, "63", -1));
  give(NON, 1, 0, 3000);
  EXPECT(asks(NON, "02", BLOCK(1, 0, 6)));
  EXPECT(next_deadline() > 246000 && next_deadline() <= 247000);
  later(&server, 246999);
  EXPECT(remote.session->lg_crcv != NULL);
  later(&server, 1);
  EXPECT(remote.session->lg_crcv == NULL);
  EXPECT_EQ(next_deadline(), 0);
  respond_to(CON, 205, "02");
  with_body(0, 0);
  EXPECT(hears(ACK, EMPTY, ""));
  EXPECT_EQ(seen.calls, 0);
  stop();
}

int
main(void) {
  unsigned int mode;

  coap_set_log_level(LOG_EMERG);
  for (mode = 1; mode <= 3; mode += 2) {
    worked_sequence(mode, CON, 0);
    worked_sequence(mode, CON, 1);
    worked_sequence(mode, NON, 1);
    etag_changes(mode);
  }
  raw();
  separate();
  changes_of_others();
  mixed();
  wrong_lengths();
  size2_is_a_hint();
  gaps();
  no_progress();
  endless();
  ends_in_the_middle();
  smaller_blocks();
  stray_tokens();
  refused();
  lost_follow_ups();
  return expect_done();
}
