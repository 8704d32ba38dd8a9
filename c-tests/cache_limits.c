/* Limits on the number of cache entries (X39). */
#include "cache_world.h"

#ifndef COAP_CACHE_HAS_LIMITS
#error "the header does not say that there are limits"
#endif

static coap_context_t *context;

static void
of_the_context(void) {
  coap_session_t *session = new_session(context);
  new_entry(session, "a", OWN, 0);
  new_entry(session, "b", ALL, 0);
  new_entry(session, "c", OWN, 0);
  EXPECT_EQ(coap_cache_set_limits(context, 3, 0), 1);
  EXPECT_ENDED("");
  EXPECT(find_entry(session, "a", OWN) != NULL);
  EXPECT(new_entry(session, "d", ALL, 5) != NULL);
  EXPECT_ENDED("b");
  EXPECT(new_entry(session, "e", ALL, 5) != NULL);
  EXPECT_ENDED("c");
  /* A lower limit acts when the next entry is made. */
  EXPECT_EQ(coap_cache_set_limits(context, 1, 0), 1);
  EXPECT_ENDED("");
  EXPECT(new_entry(session, "f", OWN, 0) != NULL);
  EXPECT_ENDED("ade");
  /* No limit again. */
  EXPECT_EQ(coap_cache_set_limits(context, 0, 0), 1);
  EXPECT(new_entry(session, "g", OWN, 0) != NULL);
  EXPECT(new_entry(session, "h", OWN, 0) != NULL);
  EXPECT_ENDED("");
  coap_session_release(session);
  EXPECT_ENDED("fgh");
}

static void
of_a_session(void) {
  coap_session_t *first = new_session(context);
  coap_session_t *second = new_session(context);
  EXPECT_EQ(coap_cache_set_limits(context, 0, 2), 1);
  new_entry(first, "a", OWN, 0);
  new_entry(second, "b", OWN, 0);
  new_entry(first, "c", ALL, 0);
  EXPECT(find_entry(first, "a", OWN) != NULL);
  new_entry(first, "d", OWN, 0);
  EXPECT_ENDED("c");
  new_entry(first, "e", OWN, 0);
  EXPECT_ENDED("a");
  new_entry(second, "f", OWN, 0);
  EXPECT_ENDED("");
  coap_session_release(first);
  EXPECT_ENDED("de");
  coap_session_release(second);
  EXPECT_ENDED("bf");
  EXPECT_EQ(coap_cache_set_limits(context, 0, 0), 1);
}

int
main(void) {
  context = coap_new_context(NULL);
  EXPECT_EQ(coap_cache_set_limits(NULL, 1, 1), 0);
  of_the_context();
  of_a_session();
  coap_free_context(context);
  EXPECT_ENDED("");
  return expect_done();
}
