/* Callbacks of ending cache entries may do anything (docs/spec/cache.md, section 3; X42). */
#include "cache_world.h"

static coap_context_t *context;
static coap_session_t *session;
static coap_cache_entry_t *dying;

/* The dying entry can't be found, and deleting it once more does nothing. */
static void
look_up(void *data) {
  note(data);
  EXPECT(find_entry(session, (const char *)data, ALL) == NULL);
  EXPECT(coap_cache_get_app_data(dying) == data);
  coap_delete_cache_entry(context, dying);
}

static void
make_again(void *data) {
  note(data);
  EXPECT(new_entry(session, (const char *)data, ALL, 1) != NULL);
}

static void
make_and_look_in_again(void *data) {
  coap_cache_entry_t *entry;
  note(data);
  entry = new_entry(session, (const char *)data, ALL, 1);
  coap_cache_set_app_data(entry, data, make_and_look_in_again);
}

static void
delete_c(void *data) {
  note(data);
  coap_delete_cache_entry(context, find_entry(session, "c", ALL));
}

static void
release_session(void *data) {
  note(data);
  coap_session_release(session);
}

static void
free_all(void *data) {
  note(data);
  coap_free_context(context);
}

static void
run_loop(void *data) {
  note(data);
  pass_after(context, 100);
}

static void
process(void *data) {
  note(data);
  coap_io_process(context, COAP_IO_NO_WAIT);
}

static void
set(const char *path, coap_cache_app_data_free_callback_t callback) {
  dying = find_entry(session, path, ALL);
  EXPECT(dying != NULL);
  coap_cache_set_app_data(dying, coap_cache_get_app_data(dying), callback);
}

static void
start(void) {
  context = coap_new_context(NULL);
  session = new_session(context);
  new_entry(session, "a", ALL, 10);
  new_entry(session, "b", ALL, 20);
  new_entry(session, "c", ALL, 30);
  new_entry(session, "d", OWN, 40);
}

static void
finish(const char *left) {
  coap_session_release(session);
  coap_free_context(context);
  EXPECT_ENDED(left);
}

int
main(void) {
  start();
  set("a", look_up);
  coap_delete_cache_entry(context, dying);
  EXPECT_ENDED("a");
  finish("dbc");

  start();
  set("a", look_up);
  pass_after(context, 15);
  EXPECT_ENDED("a");
  finish("dbc");

  /* The same entry made again: the sweep goes on and comes to an end. */
  start();
  set("a", make_again);
  pass_after(context, 25);
  EXPECT_ENDED("ab");
  finish("dca");
  start();
  set("a", make_and_look_in_again);
  pass_after(context, 25);
  EXPECT_ENDED("ab");
  coap_cache_set_app_data(find_entry(session, "a", ALL), NULL, NULL);
  finish("dc");

  /* An entry that the sweep has still before it is deleted. */
  start();
  set("a", delete_c);
  pass_after(context, 50);
  EXPECT_ENDED("acbd");
  finish("");

  /* The loop inside a sweep. */
  start();
  set("b", run_loop);
  pass_after(context, 50);
  EXPECT_ENDED("abcd");
  finish("");

  /* The session goes in the middle of a sweep, and takes d along. */
  start();
  set("a", release_session);
  pass_after(context, 50);
  EXPECT_ENDED("adbc");
  coap_free_context(context);
  EXPECT_ENDED("");

  /* The context goes when an entry is deleted. */
  start();
  set("b", free_all);
  coap_delete_cache_entry(context, dying);
  EXPECT_ENDED("bacd");

  /* In the middle of a sweep. */
  start();
  set("a", free_all);
  pass_after(context, 50);
  EXPECT_ENDED("abcd");

  /* And inside a loop that waits: with the loop once more in the first callback, then the end of the context. */
  start();
  new_entry(session, "e", ALL, 1);
  new_entry(session, "f", OWN, 1);
  set("e", process);
  coap_cache_set_app_data(find_entry(session, "f", OWN), (void *)(uintptr_t)"f", free_all);
  while (!strchr(diary, 'f'))
    coap_io_process(context, COAP_IO_WAIT);
  EXPECT_ENDED("efabcd");

  /* Entries that callbacks make while the context ends do not live on. */
  start();
  new_entry(session, "e", ALL, 0);
  set("e", look_up);
  set("a", make_again);
  coap_session_release(session);
  EXPECT_ENDED("d");
  session = new_session(context);
  coap_cache_set_app_data(find_entry(session, "a", ALL), NULL, NULL);
  dying = find_entry(session, "e", ALL);
  coap_free_context(context);
  EXPECT_ENDED("bce");
  return expect_done();
}
