/* A client's block-wise transfers over TCP (block.md 8): blocks of at most 1024 bytes go out, BERT comes in (K27; RFC
 * 8323, section 6), and what ends with the connection (K24; session.md 8). */
#include "client_block.h"
#include "stream_peer.h"

static struct stream peer;
static coap_session_t *session;
static int listener;

/* A connected session; the peer takes messages of this length. */
static void
connect_stream(unsigned int mode, unsigned int max_message) {
  uint16_t port = 0;
  size_t i;

  forget();
  for (i = 0; i < sizeof(body); i++)
    body[i] = (uint8_t)(i % 251 + i / 1024);
  server_start(&server);
  coap_context_set_block_mode(server.context, (uint8_t)mode);
  coap_register_response_handler(server.context, on_response);
  coap_register_nack_handler(server.context, on_nack);
  listener = stream_listen(&port);
  session = client_session(&server, port, COAP_PROTO_TCP);
  EXPECT(session != NULL);
  stream_accept(&peer, &server, listener);
  EXPECT_BYTES(&peer, CSM);
  datagram_hex(&d, max_message ? "50 e1 23" : "00 e1");
  if (max_message) {
    append_byte(&d, max_message >> 16);
    append_byte(&d, max_message >> 8);
    append_byte(&d, max_message);
    append_byte(&d, 0x20);
  }
  d.bytes[0] = (uint8_t)((d.length - 2) << 4);
  EXPECT(stream_write(&peer, d.bytes, d.length));
  while (session->state != COAP_SESSION_STATE_ESTABLISHED)
    coap_io_process(server.context, 100);
  coap_session_init_token(session, 0, NULL);
}

static void
disconnect_stream(void) {
  if (session)
    coap_session_release(session);
  session = NULL;
  stream_close(&peer);
  close(listener);
  server_stop(&server);
}

/* Takes one message off the stream and puts it into `r` as a datagram would be, with type and id 0; 0 if none comes. */
static int
read_message(void) {
  static uint8_t bytes[70000];
  size_t length, extra;
  int ended;
  unsigned int nibble, tkl;

  if (stream_read(&peer, bytes, 1, PATIENCE, &ended) != 1)
    return 0;
  nibble = bytes[0] >> 4;
  tkl = bytes[0] & 15;
  extra = nibble < 13 ? 0 : nibble == 13 ? 1 : nibble == 14 ? 2 : 4;
  EXPECT(extra < 4);
  if (extra && stream_read(&peer, bytes, extra, PATIENCE, &ended) != extra)
    return 0;
  length = nibble < 13 ? nibble : nibble == 13 ? bytes[0] + 13u : (bytes[0] << 8 | bytes[1]) + 269u;
  length += tkl;
  if (stream_read(&peer, r.bytes + 1, 1, PATIENCE, &ended) != 1)
    return 0;
  EXPECT(length < sizeof(r.bytes) - 4);
  if (stream_read(&peer, r.bytes + 4, length, PATIENCE, &ended) != length)
    return 0;
  r.bytes[0] = (uint8_t)(0x40 | tkl);
  r.bytes[2] = r.bytes[3] = 0;
  r.length = length + 4;
  return parse(&r);
}

static int
reads(unsigned int code, const char *token) {
  return read_message() && r.code == code && HEARD_TOKEN(token);
}

/* Sends what respond() began, with this part of `body`, as a message of the stream. */
static void
write_response(size_t offset, size_t length) {
  static uint8_t head[6];
  size_t tkl = d.bytes[0] & 15, rest, at = 0;

  if (length)
    payload(&d, body + offset, length);
  rest = d.length - 4 - tkl;
  if (rest < 13)
    head[at++] = (uint8_t)(rest << 4 | tkl);
  else if (rest < 269) {
    head[at++] = (uint8_t)(13 << 4 | tkl);
    head[at++] = (uint8_t)(rest - 13);
  } else {
    head[at++] = (uint8_t)(14 << 4 | tkl);
    head[at++] = (uint8_t)((rest - 269) >> 8);
    head[at++] = (uint8_t)(rest - 269);
  }
  head[at++] = d.bytes[1];
  EXPECT(stream_write(&peer, head, at));
  EXPECT(stream_write(&peer, d.bytes + 4, d.length - 4));
}

static void
await_calls(int calls) {
  long long end = milliseconds() + PATIENCE;

  while (seen.calls < calls && milliseconds() < end)
    coap_io_process(server.context, 100);
  EXPECT_EQ(seen.calls, calls);
}

static coap_pdu_t *
message(unsigned int code, const char *token_hex) {
  coap_pdu_t *pdu = coap_pdu_init(CON, (uint8_t)code, 0, coap_session_max_pdu_size(session));

  datagram_hex(&d, token_hex);
  coap_add_token(pdu, d.length, d.bytes);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"x");
  return pdu;
}

/* A body goes out in blocks of 1024 bytes, however long the peer's messages may be; M is right, and so is the answer. */
static void
upload(unsigned int max_message, size_t length) {
  coap_pdu_t *pdu;
  unsigned int num;
  char token[16];

  connect_stream(BOTH, max_message);
  pdu = message(PUT, "61");
  EXPECT_EQ(coap_add_data_large_request(session, pdu, length, body, on_release, &released), 1);
  EXPECT(coap_send_large(session, pdu) != COAP_INVALID_MID);
  for (num = 0; num * 1024u < length; num++) {
    size_t left = length - num * 1024u;

    snprintf(token, sizeof(token), "%02x000000%02x", num + 1, num ? 0x61 : 1);
    EXPECT(reads(PUT, token));
    EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK1), BLOCK(num, left > 1024, 6)); /* K27 */
    EXPECT_EQ(reply_option(&r, COAP_OPTION_SIZE1), length);
    EXPECT(holds(num * 1024u, left > 1024 ? 1024 : left));
    respond(CON, left > 1024 ? 231 : 204);
    block(&d, COAP_OPTION_BLOCK1, num, left > 1024, num % 2 ? 7 : 6); /* a server that could do BERT */
    write_response(0, 0);
  }
  await_calls(1);
  EXPECT_EQ(seen.code, 204);
  EXPECT(SEEN_TOKEN("61") && !seen.has_sent);
  EXPECT_EQ(released, 1);
  EXPECT(session->lg_xmit == NULL && session->lg_crcv == NULL);
  disconnect_stream();
  EXPECT_EQ(released, 1);
}

/* K27: BERT blocks hold several times 1024 bytes; the next number counts them. */
static void
bert(unsigned int mode) {
  connect_stream(mode, 0);
  coap_send_large(session, message(GET, "62"));
  EXPECT(reads(GET, "62"));
  respond(CON, 205);
  block(&d, COAP_OPTION_BLOCK2, 0, 1, 7);
  write_response(0, 3072);
  EXPECT(reads(GET, "01"));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK2), BLOCK(3, 0, 7));
  EXPECT_EQ(seen.calls, mode == BOTH ? 0 : 1);
  respond(CON, 205);
  block(&d, COAP_OPTION_BLOCK2, 3, 1, 7);
  write_response(3072, 1024);
  EXPECT(reads(GET, "02"));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK2), BLOCK(4, 0, 7));
  respond(CON, 205);
  block(&d, COAP_OPTION_BLOCK2, 4, 0, 7);
  write_response(4096, 2000);
  await_calls(mode == BOTH ? 1 : 3);
  EXPECT_EQ(seen.offset, mode == BOTH ? 0 : 4096);
  EXPECT_EQ(seen.offset + seen.length, 6096);
  EXPECT_EQ(seen.total, 6096);
  EXPECT(seen.intact && SEEN_TOKEN("62"));

  coap_send_large(session, message(GET, "63")); /* K9: what is no multiple of 1024 is no BERT block */
  EXPECT(reads(GET, "63"));
  respond(CON, 205);
  block(&d, COAP_OPTION_BLOCK2, 0, 1, 7);
  write_response(0, 3000);
  await_calls(mode == BOTH ? 2 : 4);
  EXPECT(!seen.whole);
  EXPECT_EQ(seen.length, 3000);
  EXPECT(session->lg_crcv == NULL);
  disconnect_stream();
}

/* The nack handler's answer to the end of the connection: the same again. */
static coap_pdu_t *retry;
static int retry_released;

static void
retry_in_nack(coap_context_t *context, coap_session_t *of, coap_pdu_t *sent, coap_nack_reason_t reason,
              const coap_mid_t mid) {
  on_nack(context, of, sent, reason, mid);
  if (retry) {
    coap_pdu_t *pdu = retry;

    retry = NULL;
    EXPECT_EQ(coap_add_data_large_request(of, pdu, 2000, body, on_release, &retry_released), 1);
    coap_send_large(of, pdu);
  }
}

/* K24: the connection ends: all transfers go, and the session begins the next connection without them. But what the
 * application begins in its nack handler stays. */
static void
connection_ends(void) {
  coap_pdu_t *pdu;
  long long end;

  connect_stream(BOTH, 0);
  coap_register_nack_handler(server.context, retry_in_nack);
  retry = message(PUT, "72");
  coap_send_large(session, message(GET, "64"));
  EXPECT(reads(GET, "64"));
  respond(CON, 205);
  block(&d, COAP_OPTION_BLOCK2, 0, 1, 6);
  write_response(0, 1024);
  EXPECT(reads(GET, "01"));
  pdu = message(PUT, "65");
  EXPECT_EQ(coap_add_data_large_request(session, pdu, 3000, body, on_release, &released), 1);
  coap_send_large(session, pdu);
  EXPECT(reads(PUT, "0100000002"));
  EXPECT(session->lg_xmit != NULL && session->lg_crcv != NULL);
  pdu = message(GET, "66");
  coap_session_delay_pdu(session, pdu, NULL); /* waits to be written, so the nack handler is told of it */
  retry_released = 0;
  stream_reset(&peer);
  end = milliseconds() + PATIENCE;
  while (!released && milliseconds() < end)
    coap_io_process(server.context, 100);
  EXPECT_EQ(released, 1);
  EXPECT_EQ(nacks, 1);
  EXPECT(has_token(nack_token, nack_token_length, "66"));
  EXPECT_EQ(retry_released, 0);
  stream_accept(&peer, &server, listener);
  EXPECT_BYTES(&peer, CSM);
  stream_hex(&peer, "00 e1");
  EXPECT(read_message() && r.code == PUT); /* the retry is all there is */
  EXPECT_EQ(reply_option(&r, COAP_OPTION_SIZE1), 2000);
  respond(CON, 231);
  block(&d, COAP_OPTION_BLOCK1, 0, 1, 6);
  write_response(0, 0);
  EXPECT(reads(PUT, "0200000072"));
  respond(CON, 204);
  write_response(0, 0);
  await_calls(1);
  EXPECT(SEEN_TOKEN("72"));
  EXPECT_EQ(retry_released, 1);
  disconnect_stream();
  EXPECT_EQ(released, 1);
}

/* Session §8: a session that is freed ends its observations while it is connected. */
static void
farewell(void) {
  coap_pdu_t *pdu;

  connect_stream(BOTH, 0);
  pdu = coap_pdu_init(CON, GET, 0, 100);
  coap_add_token(pdu, 1, (const uint8_t *)"o");
  coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"x");
  coap_send_large(session, pdu);
  EXPECT(reads(GET, "6f"));
  respond(CON, 205);
  option_uint(&d, COAP_OPTION_OBSERVE, 5);
  write_response(0, 5);
  await_calls(1);
  later(&server, 10000000);
  EXPECT(session->lg_crcv != NULL);
  coap_session_release(session);
  session = NULL;
  EXPECT_BYTES(&peer, "41 01 6f 61 01 51 78");
  disconnect_stream();
}

int
main(void) {
  coap_set_log_level(LOG_EMERG);
  upload(0, 5000);
  upload(20000, 50000);
  bert(COAP_BLOCK_USE_LIBCOAP);
  bert(BOTH);
  connection_ends();
  farewell();
  return expect_done();
}
