/* What the programs about block-wise transfer with our client share: a context that notes what its handlers see, and the
 * remote end's answers, made of a request's message id and token. Include it once per program. */
#ifndef CLIENT_BLOCK_H
#define CLIENT_BLOCK_H

#include "remote.h"

#define BOTH (COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY)

static struct server server;
static struct remote remote;
static struct datagram d;
static struct reply r;
static uint8_t body[70000];

/* What the response handler saw in its latest call, and how often it was called. */
static struct {
  int calls;
  unsigned int code, type;
  uint8_t token[8];
  size_t token_length, length, offset, total;
  int intact;               /* the bytes are those of `body` from `offset` on */
  int whole;                /* body_data is set */
  long observe, block1, block2, size2, etag;
  int has_sent;
} seen;

static int events, nacks, released, refuse;
static coap_event_t last_event;
static uint8_t nack_token[8];
static size_t nack_token_length;
static coap_nack_reason_t nack_reason;

static inline long
option_of(coap_pdu_t *pdu, uint16_t number) {
  coap_opt_iterator_t it;
  coap_opt_t *option = coap_check_option(pdu, number, &it);

  return option ? (long)coap_decode_var_bytes(coap_opt_value(option), coap_opt_length(option)) : -1;
}

static inline coap_response_t
on_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
            const coap_mid_t mid) {
  const uint8_t *data;

  (void)context, (void)session, (void)mid;
  seen.calls++;
  seen.code = (unsigned int)(received->code >> 5) * 100 + (received->code & 31);
  seen.type = received->type;
  seen.token_length = received->token_length;
  memcpy(seen.token, received->token, received->token_length);
  coap_get_data_large(received, &seen.length, &data, &seen.offset, &seen.total);
  seen.intact = seen.offset + seen.length <= sizeof(body) &&
                (!seen.length || memcmp(data, body + seen.offset, seen.length) == 0);
  seen.whole = received->body_data != NULL;
  seen.observe = option_of(received, COAP_OPTION_OBSERVE);
  seen.block1 = option_of(received, COAP_OPTION_BLOCK1);
  seen.block2 = option_of(received, COAP_OPTION_BLOCK2);
  seen.size2 = option_of(received, COAP_OPTION_SIZE2);
  seen.etag = option_of(received, COAP_OPTION_ETAG);
  seen.has_sent = sent != NULL;
  return refuse ? COAP_RESPONSE_FAIL : COAP_RESPONSE_OK;
}

static inline int
on_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  (void)context, (void)session;
  events++;
  last_event = event;
  return 0;
}

static inline void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason,
        const coap_mid_t mid) {
  (void)context, (void)session, (void)mid;
  nacks++;
  nack_reason = reason;
  nack_token_length = sent->token_length;
  memcpy(nack_token, sent->token, sent->token_length);
}

static inline void
on_release(coap_session_t *session, void *count) {
  (void)session;
  ++*(int *)count;
}

static inline void
forget(void) {
  memset(&seen, 0, sizeof(seen));
  events = nacks = released = refuse = 0;
}

/* Milliseconds to what the library will do next by itself; 0: nothing. */
static inline unsigned int
next_deadline(void) {
  coap_tick_t now;

  coap_ticks(&now);
  return coap_io_prepare_epoll(server.context, now);
}

/* A context in this mode, and a session whose next token is 1. */
static inline void
start(unsigned int mode) {
  size_t i;

  forget();
  for (i = 0; i < sizeof(body); i++)
    body[i] = (uint8_t)(i % 251 + i / 1024);
  server_start(&server);
  coap_context_set_block_mode(server.context, (uint8_t)mode);
  coap_register_response_handler(server.context, on_response);
  coap_register_event_handler(server.context, on_event);
  coap_register_nack_handler(server.context, on_nack);
  remote_open(&remote, &server);
  coap_session_init_token(remote.session, 0, NULL);
}

static inline void
stop(void) {
  remote_close(&remote);
  server_stop(&server);
}

static inline int
has_token(const uint8_t *token, size_t length, const char *hex) {
  datagram_hex(&d, hex);
  return length == d.length && memcmp(token, d.bytes, length) == 0;
}

#define SEEN_TOKEN(hex) has_token(seen.token, seen.token_length, hex)
#define HEARD_TOKEN(hex) has_token(r.token, r.token_length, hex)

/* The request is heard, with this code and token. */
static inline int
hears(unsigned int type, unsigned int code, const char *token_hex) {
  return heard(&remote, &r) && r.type == type && r.code == code && HEARD_TOKEN(token_hex);
}

static inline int
is_quiet(void) {
  return !heard(&remote, &r);
}

/* Begins a response to the request heard last: piggybacked (ACK), or of its own (CON, NON). `code` as 205. */
static inline void
respond(unsigned int type, unsigned int code) {
  static unsigned int mid = 0x7000;

  d.length = d.option = 0;
  append_byte(&d, 0x40 | type << 4 | (unsigned int)r.token_length);
  append_byte(&d, code / 100 << 5 | code % 100);
  if (type != ACK)
    mid++;
  append_byte(&d, (type == ACK ? r.mid : mid) >> 8);
  append_byte(&d, type == ACK ? r.mid : mid);
  append(&d, r.token, r.token_length);
}

static inline void
respond_to(unsigned int type, unsigned int code, const char *token_hex) {
  struct datagram *token = malloc(sizeof(*token));

  datagram_hex(token, token_hex);
  memcpy(r.bytes + 4, token->bytes, token->length);
  r.token = r.bytes + 4;
  r.token_length = token->length;
  free(token);
  respond(type, code);
}

/* Ends the response with this part of `body`, and lets the library handle it. */
static inline void
with_body(size_t offset, size_t length) {
  if (length)
    payload(&d, body + offset, length);
  tell(&remote, &d);
}

/* A request with path "x". */
static inline coap_pdu_t *
make(unsigned int type, unsigned int code, const char *token_hex) {
  coap_pdu_t *pdu = coap_pdu_init((uint8_t)type, (uint8_t)code, coap_new_message_id(remote.session),
                                  coap_session_max_pdu_size(remote.session));

  datagram_hex(&d, token_hex);
  EXPECT_EQ(coap_add_token(pdu, d.length, d.bytes), 1);
  EXPECT(coap_add_option(pdu, COAP_OPTION_URI_PATH, 1, (const uint8_t *)"x") > 0);
  return pdu;
}

static inline coap_pdu_t *
make_observe(unsigned int type, unsigned int code, const char *token_hex, unsigned int value) {
  coap_pdu_t *pdu = make(type, code, token_hex);
  uint8_t byte = (uint8_t)value;

  EXPECT(coap_add_option(pdu, COAP_OPTION_OBSERVE, value != 0, &byte) > 0);
  return pdu;
}

/* Hands `body` to a request; the release callback counts in `released`. */
static inline int
add(coap_pdu_t *pdu, size_t length) {
  return coap_add_data_large_request(remote.session, pdu, length, body, on_release, &released);
}

/* The datagram heard last holds this part of `body`. */
static inline int
holds(size_t offset, size_t length) {
  return r.payload_length == length && (!length || memcmp(r.payload, body + offset, length) == 0);
}

/* An option's value that stands for block num/M/szx. */
#define BLOCK(num, m, szx) ((long)(num) << 4 | (m) << 3 | (szx))

#endif
