/* Each allocation of the cache's functions may fail: an error value, no leak, no change (X41; C9, C10).
 *
 * Valgrind puts its own allocator in the place of the one that fails: under it nothing fails, and the run looks for leaks
 * and bad accesses only. */
#include "allocation.h"
#include "cache_world.h"

/* Fails the k-th allocation of `step` for k = 1, 2, … until it has no k-th. Returns how many it has. */
static int
each_allocation(int (*step)(void)) {
  int k;
  /* What the library allocates once and for all, it has after this. */
  EXPECT(step());
  for (k = 1; k < 100; k++) {
    int done, reached;
    long before = live_blocks;
    fail_allocation(k, 1);
    done = step();
    reached = stop_failing();
    EXPECT(done == !reached);
    EXPECT_EQ(live_blocks, before);
    if (!reached)
      break;
  }
  EXPECT(k < 100);
  return k - 1;
}

static coap_context_t *context;
static coap_session_t *session;
static coap_pdu_t *pdu;

static int
derive(void) {
  coap_cache_key_t *key = coap_cache_derive_key(session, pdu, OWN);
  coap_delete_cache_key(key);
  return key != NULL;
}

static int
ignore(void) {
  uint16_t options[] = { COAP_OPTION_BLOCK1, COAP_OPTION_BLOCK2 };
  uint16_t *before = context->cache_ignore_options;
  int done = coap_cache_ignore_options(context, options, 2);
  EXPECT(done || (context->cache_ignore_options == before && context->cache_ignore_count == 2));
  return done;
}

/* Each time in a context that never had an entry, so that every table has to grow. */
static int
create(void) {
  int on = failing;
  coap_context_t *fresh;
  coap_session_t *own;
  coap_cache_entry_t *entry, *found;
  failing = 0;
  fresh = coap_new_context(NULL);
  own = new_session(fresh);
  failing = on;
  entry = coap_new_cache_entry(own, pdu, COAP_CACHE_RECORD_PDU, OWN, 10);
  failing = 0;
  EXPECT((fresh->cache != NULL) == (entry != NULL));
  EXPECT(coap_cache_get_by_pdu(own, pdu, OWN) == entry);
  if (!entry) {
    /* All is as before: the next try works. */
    found = coap_new_cache_entry(own, pdu, COAP_CACHE_RECORD_PDU, OWN, 10);
    EXPECT(found != NULL && coap_cache_get_pdu(found) != NULL);
  }
  coap_session_release(own);
  EXPECT(fresh->cache == NULL);
  coap_free_context(fresh);
  failing = on;
  return entry != NULL;
}

/* A look-up allocates nothing, and neither does the end of an entry. */
static int
look_up_and_delete(void) {
  coap_cache_entry_t *entry = coap_cache_get_by_pdu(session, pdu, OWN);
  int on = failing;
  long left = allocations_to_come;
  EXPECT(entry != NULL);
  coap_delete_cache_entry(context, entry);
  EXPECT_EQ(allocations_to_come, left);
  failing = 0;
  EXPECT(coap_new_cache_entry(session, pdu, NO_COPY, OWN, 10) != NULL);
  failing = on;
  return 1;
}

int
main(void) {
  void *volatile probe;
  int counts;
  context = coap_new_context(NULL);
  session = new_session(context);
  pdu = new_get("a");
  EXPECT(coap_add_data(pdu, 4, (const uint8_t *)"data"));
  fail_allocation(1, 1);
  probe = malloc(1);
  counts = probe == NULL;
  free(probe);
  stop_failing();
  EXPECT_EQ(each_allocation(derive), counts);
  EXPECT_EQ(each_allocation(ignore), counts);
  EXPECT(each_allocation(create) >= 4 * counts);
  EXPECT(coap_new_cache_entry(session, pdu, NO_COPY, OWN, 10) != NULL);
  EXPECT_EQ(each_allocation(look_up_and_delete), 0);
  coap_delete_pdu(pdu);
  coap_session_release(session);
  coap_free_context(context);
  return expect_done();
}
