/* A client's block-wise transfers when memory runs out, at each allocation in turn: bodies are released exactly once,
 * nothing leaks, what is delivered is right, and the library goes on afterwards (hostile.md X33, X41; block.md K30). */
/* no valgrind: it puts its own allocator in the place of the one that fails on demand */
#include "allocation.h"

#include "client_block.h"

/* The remote end: answers what it hears, as a good server does. */
static void
converse(unsigned int turns) {
  unsigned int i, num;
  long block1, block2;

  for (i = 0; i < turns; i++) {
    server_turn(&server);
    if (!heard(&remote, &r)) {
      later(&server, 10000); /* what was lost is sent again, or given up */
      continue;
    }
    if (r.code == EMPTY)
      continue;
    block1 = reply_option(&r, COAP_OPTION_BLOCK1);
    block2 = reply_option(&r, COAP_OPTION_BLOCK2);
    num = block2 > 0 ? (unsigned int)block2 >> 4 : 0;
    if (block1 >= 0 && (block1 & 8)) {
      respond(r.type == CON ? ACK : NON, 231);
      option_uint(&d, COAP_OPTION_BLOCK1, (unsigned long)block1);
      with_body(0, 0);
      continue;
    }
    respond(r.type == CON ? ACK : NON, 205);
    option_uint(&d, COAP_OPTION_ETAG, 9);
    if (reply_option(&r, COAP_OPTION_OBSERVE) == 0)
      option_uint(&d, COAP_OPTION_OBSERVE, 1 + i);
    block(&d, COAP_OPTION_BLOCK2, num, num < 2, 6);
    with_body(num * 1024, num < 2 ? 1024 : 100);
  }
}

/* One conversation; the k-th allocation in it fails (and, unless `once`, all that follow). Returns whether it did. */
static int
conversation(unsigned int mode, unsigned int type, unsigned int kind, long k, int once) {
  long before = live_blocks;
  int handed_over = 0, failed, result = 0;
  coap_pdu_t *pdu;
  coap_binary_t token = {1, (uint8_t *)"a"};
  coap_mid_t mid;

  start(mode);
  coap_session_set_max_retransmit(remote.session, 1);
  pdu = make(type, kind == 0 ? GET : kind == 1 ? PUT : FETCH, "61");
  if (kind == 2)
    coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  fail_allocation(k, once);
  if (kind) {
    handed_over = 1;
    result = add(pdu, 3000);
    if (!result)
      EXPECT_EQ(released, 1);
  }
  mid = coap_send_large(remote.session, pdu);
  if (mid == COAP_INVALID_MID)
    EXPECT_EQ(released, handed_over);
  converse(10);
  if (kind == 2)
    coap_cancel_observe(remote.session, &token, CON);
  converse(2);
  failed = stop_failing();
  if (seen.calls && seen.whole && seen.code == 205)
    EXPECT(seen.intact && seen.length == 2148);
  if (!failed)
    EXPECT(seen.calls > 0 && (mode != BOTH || seen.whole));

  /* Afterwards all is well. */
  forget();
  released = handed_over;
  coap_send_large(remote.session, make(CON, GET, "7a"));
  converse(12);
  EXPECT(seen.calls > 0);
  EXPECT(SEEN_TOKEN("7a"));
  EXPECT(seen.intact);
  EXPECT_EQ(seen.offset + seen.length, 2148);
  EXPECT_ALIVE(&server);
  stop();
  EXPECT_EQ(live_blocks, before);
  return failed;
}

static enum end { THE_SESSION, THE_CONTEXT, THE_REQUEST, ENDS } end;
static int ended;

/* Ends something as soon as the log tells of memory. */
static void
end_in_log(coap_log_t level, const char *message) {
  coap_session_t *session = remote.session;
  coap_context_t *context = server.context;

  (void)level;
  if (!session || !strstr(message, "no memory"))
    return;
  ended++;
  if (end == THE_REQUEST) {
    coap_cancel_all_messages(context, session, (const uint8_t *)"a", 1);
    return;
  }
  remote.session = NULL;
  if (end == THE_CONTEXT) {
    server.context = NULL;
    coap_free_context(context);
  } else {
    coap_session_release(session);
  }
}

/* The k-th allocation fails, and the log handler that is told of it ends something (X33, X42). Returns whether it failed. */
static int
ended_by_log(unsigned int type, unsigned int kind, long k) {
  long before = live_blocks;
  coap_pdu_t *pdu;
  int failed;

  start(BOTH);
  coap_session_set_max_retransmit(remote.session, 1);
  pdu = make(type, kind == 0 ? GET : kind == 1 ? PUT : FETCH, "61");
  if (kind == 2)
    coap_add_option(pdu, COAP_OPTION_OBSERVE, 0, NULL);
  coap_set_log_handler(end_in_log);
  coap_set_log_level(LOG_WARNING);
  fail_allocation(k, 1);
  if (kind)
    add(pdu, 3000);
  if (remote.session)
    coap_send_large(remote.session, pdu);
  else
    coap_delete_pdu(pdu);
  if (remote.session)
    converse(8);
  failed = stop_failing();
  coap_set_log_handler(NULL);
  coap_set_log_level(LOG_EMERG);
  if (kind && !remote.session)
    EXPECT_EQ(released, 1);
  stop();
  EXPECT_EQ(released, kind != 0);
  EXPECT_EQ(live_blocks, before);
  return failed;
}

int
main(void) {
  unsigned int mode, type, kind;
  int once;
  long k;

  coap_set_log_level(LOG_EMERG);
  conversation(BOTH, CON, 0, 1000000, 1); /* what the C library takes once */
  for (mode = 1; mode <= 3; mode += 2) {
    for (type = CON; type <= NON; type++) {
      for (kind = 0; kind < 3; kind++) {
        for (once = 0; once < 2; once++) {
          for (k = 1; k < 500 && conversation(mode, type, kind, k, once); k++)
            ;
          EXPECT(k > 10 && k < 500);
        }
      }
    }
  }
  for (end = THE_SESSION; end < ENDS; end++) {
    for (type = CON; type <= NON; type++) {
      for (kind = 0; kind < 3; kind++) {
        for (k = 1; k < 500 && ended_by_log(type, kind, k); k++)
          ;
        EXPECT(k > 10 && k < 500);
      }
    }
  }
  EXPECT(ended > 0);
  printf("%d log lines ended something\n", ended);
  return expect_done();
}
