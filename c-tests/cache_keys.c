/* Cache keys (docs/spec/cache.md, sections 1 and 2; C1, C2, C3, C4, C8, C9, X40). */
#include "cache_world.h"

static coap_context_t *context;
static coap_session_t *session;

/* Expects an equality of the keys of two messages, and frees them. */
static void
expect_same(int expected, coap_pdu_t *a, coap_pdu_t *b) {
  EXPECT_EQ(same_key(session, a, session, b, ALL), expected);
  EXPECT_EQ(same_key(session, a, session, b, OWN), expected);
  coap_delete_pdu(a);
  coap_delete_pdu(b);
}

static coap_pdu_t *
with_options(uint8_t code, const char *first, const char *second, const char *query) {
  coap_pdu_t *pdu = new_message(code);
  if (first)
    add_text(pdu, COAP_OPTION_URI_PATH, first);
  if (second)
    add_text(pdu, COAP_OPTION_URI_PATH, second);
  if (query)
    add_text(pdu, COAP_OPTION_URI_QUERY, query);
  return pdu;
}

static coap_pdu_t *
with_payload(coap_pdu_t *pdu, const char *payload) {
  EXPECT(coap_add_data(pdu, strlen(payload), (const uint8_t *)payload));
  return pdu;
}

/* A PUT of one block. */
static coap_pdu_t *
block(uint8_t block1, int size1) {
  coap_pdu_t *pdu = with_options(COAP_REQUEST_PUT, "a", NULL, NULL);
  EXPECT(coap_add_option(pdu, COAP_OPTION_BLOCK1, 1, &block1) > 0);
  if (size1)
    EXPECT(coap_add_option(pdu, COAP_OPTION_SIZE1, 1, &block1) > 0);
  add_text(pdu, COAP_OPTION_NORESPONSE, "n");
  return pdu;
}

static void
options(void) {
  uint8_t zero = 0;
  coap_pdu_t *observed;
  /* Type, message id, token, method and payload play no part. */
  expect_same(1, with_options(COAP_REQUEST_GET, "a", "b", "q"), with_options(COAP_REQUEST_DELETE, "a", "b", "q"));
  expect_same(1, with_options(COAP_REQUEST_PUT, "a", NULL, NULL),
              with_payload(with_options(COAP_REQUEST_PUT, "a", NULL, NULL), "payload"));
  /* Number, value, order and number of values do. */
  expect_same(0, with_options(COAP_REQUEST_GET, "a", "b", NULL), with_options(COAP_REQUEST_GET, "b", "a", NULL));
  expect_same(0, with_options(COAP_REQUEST_GET, "a", "b", NULL), with_options(COAP_REQUEST_GET, "a", NULL, "b"));
  expect_same(0, with_options(COAP_REQUEST_GET, "a", "a", NULL), with_options(COAP_REQUEST_GET, "a", NULL, NULL));
  /* C3: lengths do. */
  expect_same(0, with_options(COAP_REQUEST_GET, "ab", "c", NULL), with_options(COAP_REQUEST_GET, "a", "bc", NULL));
  expect_same(0, with_options(COAP_REQUEST_GET, "a", "b", NULL), with_options(COAP_REQUEST_GET, "a\001b", NULL, NULL));
  /* C2: an option that is left out does not show, not even in the deltas. */
  observed = new_message(COAP_REQUEST_GET);
  EXPECT(coap_add_option(observed, COAP_OPTION_OBSERVE, 1, &zero) > 0);
  add_text(observed, COAP_OPTION_URI_PATH, "a");
  EXPECT(coap_add_option(observed, COAP_OPTION_SIZE2, 1, &zero) > 0);
  expect_same(1, observed, new_get("a"));
}

static void
fetch(void) {
  coap_pdu_t *a, *b;
  expect_same(0, with_options(COAP_REQUEST_FETCH, "a", NULL, NULL), with_options(COAP_REQUEST_GET, "a", NULL, NULL));
  expect_same(0, with_payload(with_options(COAP_REQUEST_FETCH, "a", NULL, NULL), "x"),
              with_payload(with_options(COAP_REQUEST_FETCH, "a", NULL, NULL), "y"));
  expect_same(1, with_payload(with_options(COAP_REQUEST_FETCH, "a", NULL, NULL), "x"),
              with_payload(with_options(COAP_REQUEST_FETCH, "a", NULL, NULL), "x"));
  /* C4: the body counts, not the last block of it. */
  a = with_payload(with_options(COAP_REQUEST_FETCH, "a", NULL, NULL), "end");
  b = with_payload(with_options(COAP_REQUEST_FETCH, "a", NULL, NULL), "end");
  a->body_data = (const uint8_t *)"one body, end";
  a->body_length = a->body_total = 13;
  b->body_data = (const uint8_t *)"two body, end";
  b->body_length = b->body_total = 13;
  expect_same(0, a, b);
}

static void
ignored(void) {
  uint16_t blocks[] = { COAP_OPTION_BLOCK1, COAP_OPTION_BLOCK2 };
  uint16_t path = COAP_OPTION_URI_PATH;
  expect_same(0, block(0x0e, 0), block(0x1e, 0));
  EXPECT_EQ(coap_cache_ignore_options(context, blocks, 2), 1);
  EXPECT_EQ(context->cache_ignore_count, 2);
  expect_same(1, block(0x0e, 1), block(0x1e, 0));
  /* C9: what fails changes nothing. */
  EXPECT_EQ(coap_cache_ignore_options(context, NULL, 1), 0);
  EXPECT_EQ(coap_cache_ignore_options(context, blocks, (size_t)-1 / 2), 0);
  EXPECT_EQ(coap_cache_ignore_options(NULL, blocks, 2), 0);
  expect_same(1, block(0x0e, 1), block(0x1e, 0));
  /* A list replaces the one before; 0 empties it. */
  EXPECT_EQ(coap_cache_ignore_options(context, &path, 1), 1);
  expect_same(0, block(0x0e, 1), block(0x1e, 0));
  expect_same(1, new_get("a"), new_get("b"));
  EXPECT_EQ(coap_cache_ignore_options(context, NULL, 0), 1);
  EXPECT_EQ(context->cache_ignore_count, 0);
  expect_same(0, new_get("a"), new_get("b"));
  /* The list may be the context's own. */
  EXPECT_EQ(coap_cache_ignore_options(context, blocks, 2), 1);
  EXPECT_EQ(coap_cache_ignore_options(context, context->cache_ignore_options, 1), 1);
  EXPECT_EQ(context->cache_ignore_options[0], COAP_OPTION_BLOCK1);
}

/* C1 */
static void
sessions(void) {
  coap_session_t *other = new_session(context);
  coap_pdu_t *pdu = new_get("a");
  coap_cache_key_t *before = coap_cache_derive_key(session, pdu, OWN);
  coap_cache_key_t *after;
  int i;
  EXPECT_EQ(same_key(session, pdu, other, pdu, OWN), 0);
  EXPECT_EQ(same_key(session, pdu, other, pdu, ALL), 1);
  EXPECT_EQ(same_key(session, pdu, other, pdu, (coap_cache_session_based_t)77), 1);
  /* Nothing that changes during the session's life takes part. */
  coap_session_reference(session);
  session->state = COAP_SESSION_STATE_NONE;
  session->tx_mid++;
  after = coap_cache_derive_key(session, pdu, OWN);
  EXPECT(before && after && memcmp(before, after, 32) == 0);
  session->state = COAP_SESSION_STATE_ESTABLISHED;
  coap_session_release(session);
  coap_delete_cache_key(before);
  coap_delete_cache_key(after);
  /* A session at the address of a freed one is another session. */
  for (i = 0; i < 8; i++) {
    before = coap_cache_derive_key(other, pdu, OWN);
    coap_session_release(other);
    other = new_session(context);
    after = coap_cache_derive_key(other, pdu, OWN);
    EXPECT(before && after && memcmp(before, after, 32) != 0);
    coap_delete_cache_key(before);
    coap_delete_cache_key(after);
  }
  coap_session_release(other);
  coap_delete_pdu(pdu);
}

/* C8, X40 */
static void
nothing(void) {
  coap_pdu_t *pdu = new_get("a");
  EXPECT(coap_cache_derive_key(NULL, pdu, ALL) == NULL);
  EXPECT(coap_cache_derive_key(session, NULL, ALL) == NULL);
  coap_delete_cache_key(NULL);
  /* Options that can't be walked to their end have no key. */
  pdu->token[pdu->token_length] = 0xb9;
  EXPECT(coap_cache_derive_key(session, pdu, ALL) == NULL);
  EXPECT(coap_new_cache_entry(session, pdu, COAP_CACHE_RECORD_PDU, OWN, 0) == NULL);
  EXPECT(coap_cache_get_by_pdu(session, pdu, OWN) == NULL);
  coap_delete_pdu(pdu);
}

int
main(void) {
  context = coap_new_context(NULL);
  session = new_session(context);
  options();
  fetch();
  sessions();
  nothing();
  ignored();
  coap_session_release(session);
  coap_free_context(context);
  return expect_done();
}
