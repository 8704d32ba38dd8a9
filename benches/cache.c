/* What cache operations cost with 100, 10,000, 100,000 and 1,000,000 entries in the table. Prints lines of
 *
 *     <operation> <entries> <nanoseconds, or bytes>
 *
 *     cache [most entries]
 */
#define _GNU_SOURCE
#include <malloc.h>

#include "coap.h"

#define IDLE_SECONDS 3600
#define ENTRIES_PER_SESSION 10

static coap_context_t *context;
static coap_session_t *session;
static coap_pdu_t *request;
static uint8_t *query;          /* eight bytes inside the request that make it one of its kind */

static size_t
heap_in_use(void) {
  struct mallinfo2 info = mallinfo2();

  return info.uordblks + info.hblkhd;
}

/* An ordinary request; number() makes variants of it. */
static void
make_request(void) {
  static const char *const path[] = {"building", "room-17", "temperature"};
  coap_opt_iterator_t iterator;
  coap_opt_t *option;
  size_t i;

  request = coap_pdu_init(COAP_MESSAGE_CON, 1, 1, 200);
  if (!request)
    fail("no memory");
  coap_add_token(request, 4, (const uint8_t *)"tokn");
  coap_add_option(request, COAP_OPTION_URI_HOST, 11, (const uint8_t *)"example.com");
  for (i = 0; i < 3; i++)
    coap_add_option(request, COAP_OPTION_URI_PATH, strlen(path[i]), (const uint8_t *)path[i]);
  coap_add_option(request, COAP_OPTION_URI_QUERY, 8, (const uint8_t *)"00000000");
  coap_add_option(request, COAP_OPTION_ACCEPT, 1, (const uint8_t *)"\x2a");
  option = coap_check_option(request, COAP_OPTION_URI_QUERY, &iterator);
  query = option ? (uint8_t *)(uintptr_t)coap_opt_value(option) : NULL;
  if (!query)
    fail("no query in the request");
}

static void
number(unsigned int n) {
  static const char digits[] = "0123456789abcdef";
  int i;

  for (i = 7; i >= 0; i--, n >>= 4)
    query[i] = (uint8_t)digits[n & 15];
}

static coap_session_t *
new_session(void) {
  coap_address_t to;
  coap_session_t *made;

  to_loopback(&to, 9);
  made = coap_new_client_session(context, NULL, &to, COAP_PROTO_UDP);
  if (!made)
    fail("no session");
  return made;
}

static coap_cache_entry_t *
new_entry(coap_session_t *of, coap_cache_session_based_t based) {
  coap_cache_entry_t *entry = coap_new_cache_entry(of, request, COAP_CACHE_NOT_RECORD_PDU, based, IDLE_SECONDS);

  if (!entry)
    fail("no entry");
  return entry;
}

static uint32_t
chance(void) {
  static uint32_t state = 2463534242u;

  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

static void
report(const char *operation, unsigned int entries, double value) {
  printf("%s %u %.1f\n", operation, entries, value);
}

static void
derive(unsigned int entries) {
  enum { TIMES = 20000 };
  double start = seconds();
  unsigned int i;

  for (i = 0; i < TIMES; i++) {
    coap_cache_key_t *key = coap_cache_derive_key(session, request, COAP_CACHE_IS_SESSION_BASED);

    if (!key)
      fail("no key");
    coap_delete_cache_key(key);
  }
  report("derive", entries, (seconds() - start) * 1e9 / TIMES);
}

static void
look_up(unsigned int entries) {
  enum { TIMES = 50000 };
  double start = seconds();
  unsigned int i;

  for (i = 0; i < TIMES; i++) {
    number(chance() % entries);
    if (!coap_cache_get_by_pdu(session, request, COAP_CACHE_NOT_SESSION_BASED))
      fail("an entry is lost");
  }
  report("look-up", entries, (seconds() - start) * 1e9 / TIMES);
}

static void
create_and_delete(unsigned int entries) {
  enum { TIMES = 5000 };
  static coap_cache_entry_t *made[TIMES];
  double start = seconds(), middle;
  unsigned int i;

  for (i = 0; i < TIMES; i++) {
    number(0x80000000u + i);
    made[i] = new_entry(session, COAP_CACHE_NOT_SESSION_BASED);
  }
  middle = seconds();
  for (i = 0; i < TIMES; i++)
    coap_delete_cache_entry(context, made[(i * 7) % TIMES]);
  report("create", entries, (middle - start) * 1e9 / TIMES);
  report("delete", entries, (seconds() - middle) * 1e9 / TIMES);
}

/* One pass of the loop with nothing to do. */
static void
pass(unsigned int entries) {
  double start = seconds(), now = start;
  unsigned int times = 0;

  do {
    coap_io_process(context, COAP_IO_NO_WAIT);
    times++;
    now = seconds();
  } while (times < 2000 && (times < 5 || now - start < 0.2));
  report("pass", entries, (now - start) * 1e9 / times);
}

/* The end of a session that has ten entries. */
static void
end_session(unsigned int entries) {
  enum { TIMES = 50 };
  coap_session_t *sessions[TIMES];
  unsigned int i, j, times;
  double start, now;

  for (i = 0; i < TIMES; i++) {
    sessions[i] = new_session();
    for (j = 0; j < ENTRIES_PER_SESSION; j++) {
      number(0x90000000u + i * ENTRIES_PER_SESSION + j);
      new_entry(sessions[i], COAP_CACHE_IS_SESSION_BASED);
    }
  }
  start = now = seconds();
  for (times = 0; times < TIMES && (times < 5 || now - start < 0.3); times++) {
    coap_session_release(sessions[times]);
    now = seconds();
  }
  report("end-session", entries, (now - start) * 1e9 / times);
  for (; times < TIMES; times++)
    coap_session_release(sessions[times]);
}

int
main(int argc, char **argv) {
  static const unsigned int sizes[] = {100, 10000, 100000, 1000000};
  unsigned int most = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 10) : 1000000, entries = 0;
  size_t i, before;

  coap_startup();
  coap_set_log_level(LOG_EMERG);
  context = coap_new_context(NULL);
  if (!context)
    fail("no context");
  session = new_session();
  make_request();
  before = heap_in_use();
  for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]) && sizes[i] <= most; i++) {
    for (; entries < sizes[i]; entries++) {
      number(entries);
      new_entry(session, COAP_CACHE_NOT_SESSION_BASED);
    }
    report("memory", entries, (double)(heap_in_use() - before) / entries);
    derive(entries);
    look_up(entries);
    create_and_delete(entries);
    pass(entries);
    end_session(entries);
    fflush(stdout);
  }
  coap_delete_pdu(request);
  coap_session_release(session);
  coap_free_context(context);
  coap_cleanup();
  return 0;
}
