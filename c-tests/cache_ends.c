/* When cache entries end (docs/spec/cache.md, section 3; C5 to C7, I24; io section 6.2, row 9). */
#include "cache_world.h"
#include <limits.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

/* Earliest deadline first; use starts the idle time again, the getters do not. */
static void
idle(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_session_t *session = new_session(context);
  coap_cache_entry_t *b;
  new_entry(session, "a", OWN, 30);
  b = new_entry(session, "b", ALL, 10);
  new_entry(session, "c", OWN, 20);
  new_entry(session, "d", OWN, 0);
  new_entry(session, "e", ALL, UINT_MAX);
  pass_after(context, 5);
  EXPECT_ENDED("");
  EXPECT(coap_cache_get_pdu(b) == NULL && coap_cache_get_app_data(b) != NULL);
  pass_after(context, 40);
  EXPECT_ENDED("bca");
  pass_after(context, UINT_MAX / 2);
  EXPECT_ENDED("");
  EXPECT(find_entry(session, "d", OWN) != NULL);
  EXPECT(find_entry(session, "e", ALL) != NULL);
  pass_after(context, UINT_MAX);
  EXPECT_ENDED("e");
  coap_session_release(session);
  EXPECT_ENDED("d");
  coap_free_context(context);
}

/* C5: a session takes along its own entries, in order of creation, and no others. */
static void
session_ends(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_session_t *first = new_session(context);
  coap_session_t *second = new_session(context);
  new_entry(first, "a", OWN, 90);
  new_entry(first, "b", ALL, 0);
  new_entry(second, "c", OWN, 0);
  new_entry(first, "d", OWN, 5);
  new_entry(second, "e", ALL, 0);
  coap_session_release(first);
  EXPECT_ENDED("ad");
  EXPECT(find_entry(second, "b", ALL) != NULL);
  EXPECT(find_entry(second, "c", OWN) != NULL);
  EXPECT(context->cache != NULL);
  coap_session_release(second);
  EXPECT_ENDED("c");
  /* The context takes what is left. */
  coap_free_context(context);
  EXPECT_ENDED("be");
}

static void
context_ends(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_session_t *session = new_session(context);
  uint16_t ignored = COAP_OPTION_BLOCK1;
  EXPECT_EQ(coap_cache_ignore_options(context, &ignored, 1), 1);
  new_entry(session, "a", OWN, 5);
  new_entry(session, "b", ALL, 1);
  new_entry(session, "b", ALL, 0);
  new_entry(session, "c", OWN, 0);
  find_entry(session, "a", OWN);
  coap_free_context(context);
  EXPECT_ENDED("abbc");
}

/* C7, I24: a blocked loop wakes for the deadline, with no packet arriving. */
static void
loop_wakes(void) {
  coap_context_t *context = coap_new_context(NULL);
  coap_session_t *session = new_session(context);
  struct epoll_event event;
  coap_tick_t before, after;
  int outer = epoll_create1(0);
  new_entry(session, "a", OWN, 1);
  coap_ticks(&before);
  while (!diary[0])
    coap_io_process(context, COAP_IO_WAIT);
  coap_ticks(&after);
  EXPECT_ENDED("a");
  EXPECT(after - before >= 900 && after - before < 1500);

  /* The same in the application's own loop. No pass comes between the creation and the wait. */
  memset(&event, 0, sizeof(event));
  event.events = EPOLLIN;
  EXPECT_EQ(epoll_ctl(outer, EPOLL_CTL_ADD, coap_context_get_coap_fd(context), &event), 0);
  coap_io_process(context, COAP_IO_NO_WAIT);
  new_entry(session, "b", OWN, 3600);
  new_entry(session, "c", OWN, 1);
  coap_ticks(&before);
  EXPECT_EQ(epoll_wait(outer, &event, 1, 3000), 1);
  coap_io_process(context, COAP_IO_NO_WAIT);
  coap_ticks(&after);
  EXPECT_ENDED("c");
  EXPECT(after - before >= 900 && after - before < 1500);
  close(outer);
  coap_session_release(session);
  coap_free_context(context);
  EXPECT_ENDED("b");
}

/* Milliseconds of the processor's time for 200 passes with nothing due, and the ends of 20 sessions with one entry each,
 * in a context with this many other entries. */
static double
cost(unsigned int entries) {
  coap_context_t *context = coap_new_context(NULL);
  coap_session_t *session = new_session(context), *short_lived[20];
  struct timespec before, after;
  char path[12];
  unsigned int i;
  for (i = 0; i < entries; i++) {
    snprintf(path, sizeof(path), "%u", i);
    coap_cache_set_app_data(new_entry(session, path, OWN, 3600), NULL, NULL);
  }
  for (i = 0; i < 20; i++) {
    short_lived[i] = new_session(context);
    new_entry(short_lived[i], "s", OWN, 3600);
  }
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
  for (i = 0; i < 200; i++)
    pass_after(context, 0);
  for (i = 0; i < 20; i++)
    coap_session_release(short_lived[i]);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
  EXPECT_ENDED("ssssssssssssssssssss");
  coap_session_release(session);
  coap_free_context(context);
  return (double)(after.tv_sec - before.tv_sec) * 1e3 + (double)(after.tv_nsec - before.tv_nsec) / 1e6;
}

/* C6: neither passes nor the ends of sessions walk through other entries. */
static void
cost_of_others(void) {
  double few = cost(10), many = cost(20000);
  EXPECT(many < 10 * few + 5);
  if (many >= 10 * few + 5)
    printf("  %f ms with 10 entries, %f ms with 20000\n", few, many);
}

int
main(void) {
  idle();
  session_ends();
  context_ends();
  loop_wakes();
  cost_of_others();
  return expect_done();
}
