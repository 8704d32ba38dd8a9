/* Cache entries: found, hidden, recorded (docs/spec/cache.md, section 2; C8, C10, X38, X40). */
#include "cache_world.h"

static coap_context_t *context;
static coap_session_t *session;

static void
found(void) {
  coap_pdu_t *pdu = new_get("a");
  coap_cache_key_t *key = coap_cache_derive_key(session, pdu, OWN);
  coap_cache_entry_t *entry;
  EXPECT(context->cache == NULL);
  EXPECT(coap_cache_get_by_key(context, key) == NULL);
  entry = coap_new_cache_entry(session, pdu, NO_COPY, OWN, 0);
  EXPECT(entry != NULL);
  EXPECT(context->cache != NULL);
  EXPECT(coap_cache_get_by_key(context, key) == entry);
  EXPECT(coap_cache_get_by_pdu(session, pdu, OWN) == entry);
  EXPECT(coap_cache_get_by_pdu(session, pdu, ALL) == NULL);
  EXPECT(coap_cache_get_pdu(entry) == NULL);
  EXPECT(coap_cache_get_app_data(entry) == NULL);
  coap_delete_cache_entry(context, entry);
  EXPECT(coap_cache_get_by_key(context, key) == NULL);
  EXPECT(context->cache == NULL);
  coap_delete_cache_key(key);
  coap_delete_pdu(pdu);
}

/* The newest of equal keys is found; each older one shows again. */
static void
hidden(void) {
  coap_cache_entry_t *first = new_entry(session, "a", ALL, 0);
  coap_cache_entry_t *second = new_entry(session, "a", ALL, 0);
  coap_cache_entry_t *third = new_entry(session, "a", ALL, 0);
  EXPECT(first && second && third && first != second && second != third);
  EXPECT(find_entry(session, "a", ALL) == third);
  coap_delete_cache_entry(context, second);
  EXPECT(find_entry(session, "a", ALL) == third);
  coap_delete_cache_entry(context, third);
  EXPECT(find_entry(session, "a", ALL) == first);
  coap_delete_cache_entry(context, first);
  EXPECT(find_entry(session, "a", ALL) == NULL);
  EXPECT_ENDED("aaa");
}

static void
data(void) {
  coap_cache_entry_t *entry = new_entry(session, "a", OWN, 0);
  /* What was there before is neither freed nor told. */
  coap_cache_set_app_data(entry, (void *)(uintptr_t) "b", note);
  EXPECT_ENDED("");
  EXPECT_EQ(*(char *)coap_cache_get_app_data(entry), 'b');
  coap_delete_cache_entry(context, entry);
  EXPECT_ENDED("b");
  /* Without data, or without a callback, nothing is called. */
  entry = new_entry(session, "a", OWN, 0);
  coap_cache_set_app_data(entry, NULL, note);
  coap_delete_cache_entry(context, entry);
  entry = new_entry(session, "a", OWN, 0);
  coap_cache_set_app_data(entry, (void *)(uintptr_t) "b", NULL);
  coap_delete_cache_entry(context, entry);
  EXPECT_ENDED("");
}

static void
recorded(void) {
  static const uint8_t body[] = "a body of several blocks";
  coap_pdu_t *pdu = new_message(COAP_REQUEST_PUT);
  coap_cache_entry_t *entry;
  const coap_pdu_t *copy;
  coap_opt_iterator_t options;
  const uint8_t *copied;
  size_t length, offset, total;
  add_text(pdu, COAP_OPTION_URI_PATH, "a");
  add_text(pdu, COAP_OPTION_URI_QUERY, "q=1");

  /* X38: no payload, none in the copy. */
  entry = coap_new_cache_entry(session, pdu, COAP_CACHE_RECORD_PDU, OWN, 0);
  copy = coap_cache_get_pdu(entry);
  EXPECT(copy != NULL && copy != pdu);
  if (copy) {
    EXPECT(copy->data == NULL);
    EXPECT(!coap_get_data_large(copy, &length, &copied, &offset, &total));
  }
  coap_delete_cache_entry(context, entry);

  /* Type, code, message id, token, options, payload; the copy does not depend on the original. */
  EXPECT(coap_add_data(pdu, 7, (const uint8_t *)"payload"));
  entry = coap_new_cache_entry(session, pdu, COAP_CACHE_RECORD_PDU, OWN, 0);
  copy = coap_cache_get_pdu(entry);
  if (copy) {
    EXPECT_EQ(copy->type, pdu->type);
    EXPECT_EQ(copy->code, COAP_REQUEST_PUT);
    EXPECT_EQ(copy->mid, pdu->mid);
    EXPECT_EQ(copy->token_length, 2);
    EXPECT(memcmp(copy->token, pdu->token, pdu->used_size) == 0);
    EXPECT_EQ(copy->used_size, pdu->used_size);
    memset(pdu->token, 0, pdu->used_size);
    EXPECT(coap_check_option((coap_pdu_t *)(uintptr_t)copy, COAP_OPTION_URI_QUERY, &options) != NULL);
    EXPECT(coap_get_data_large(copy, &length, &copied, &offset, &total));
    EXPECT(length == 7 && memcmp(copied, "payload", 7) == 0);
    EXPECT_EQ(offset, 0);
    EXPECT_EQ(total, 7);
  }
  coap_delete_pdu(pdu);
  coap_delete_cache_entry(context, entry);

  /* The body too. */
  pdu = new_get("b");
  EXPECT(coap_add_data(pdu, 6, (const uint8_t *)"blocks"));
  pdu->body_data = body;
  pdu->body_length = sizeof(body);
  pdu->body_total = sizeof(body);
  entry = coap_new_cache_entry(session, pdu, COAP_CACHE_RECORD_PDU, OWN, 0);
  coap_delete_pdu(pdu);
  copy = coap_cache_get_pdu(entry);
  EXPECT(copy != NULL);
  if (copy) {
    EXPECT(coap_get_data_large(copy, &length, &copied, &offset, &total));
    EXPECT(copied != body && length == sizeof(body) && memcmp(copied, body, sizeof(body)) == 0);
    EXPECT_EQ(offset, 0);
    EXPECT_EQ(total, sizeof(body));
  }
  coap_delete_cache_entry(context, entry);

  /* Any other value records nothing. */
  pdu = new_get("c");
  entry = coap_new_cache_entry(session, pdu, (coap_cache_record_pdu_t)7, OWN, 0);
  EXPECT(entry != NULL && coap_cache_get_pdu(entry) == NULL);
  coap_delete_cache_entry(context, entry);
  coap_delete_pdu(pdu);
}

/* Many entries; none is lost, none is found for another. */
static void
many(void) {
  enum { COUNT = 2000 };
  static coap_cache_entry_t *entries[COUNT];
  char path[16];
  int i, right = 0;
  for (i = 0; i < COUNT; i++) {
    snprintf(path, sizeof(path), "p%d", i);
    entries[i] = new_entry(session, path, i % 2 ? OWN : ALL, i % 3 ? 0 : 1000);
    coap_cache_set_app_data(entries[i], NULL, NULL);
  }
  for (i = 0; i < COUNT; i += 5)
    coap_delete_cache_entry(context, entries[i]);
  for (i = 0; i < COUNT; i++) {
    snprintf(path, sizeof(path), "p%d", i);
    right += find_entry(session, path, i % 2 ? OWN : ALL) == (i % 5 ? entries[i] : NULL);
  }
  EXPECT_EQ(right, COUNT);
}

/* C8, X40 */
static void
nothing(void) {
  coap_context_t *other = coap_new_context(NULL);
  coap_cache_entry_t *entry = new_entry(session, "a", OWN, 0);
  coap_pdu_t *pdu = new_get("a");
  EXPECT(coap_new_cache_entry(NULL, pdu, COAP_CACHE_RECORD_PDU, OWN, 0) == NULL);
  EXPECT(coap_new_cache_entry(session, NULL, COAP_CACHE_RECORD_PDU, OWN, 0) == NULL);
  EXPECT(coap_cache_get_by_pdu(NULL, pdu, OWN) == NULL);
  EXPECT(coap_cache_get_by_pdu(session, NULL, OWN) == NULL);
  EXPECT(coap_cache_get_by_key(context, NULL) == NULL);
  EXPECT(coap_cache_get_by_key(NULL, NULL) == NULL);
  EXPECT(coap_cache_get_pdu(NULL) == NULL);
  EXPECT(coap_cache_get_app_data(NULL) == NULL);
  coap_cache_set_app_data(NULL, NULL, note);
  coap_delete_cache_entry(NULL, entry);
  coap_delete_cache_entry(context, NULL);
  coap_delete_cache_entry(NULL, NULL);
  EXPECT(coap_cache_get_by_pdu(session, pdu, OWN) == entry);
  coap_delete_cache_entry(context, entry);
  EXPECT_ENDED("a");
  coap_delete_pdu(pdu);
  coap_free_context(other);
}

int
main(void) {
  context = coap_new_context(NULL);
  session = new_session(context);
  found();
  hidden();
  data();
  recorded();
  nothing();
  many();
  coap_session_release(session);
  coap_free_context(context);
  return expect_done();
}
