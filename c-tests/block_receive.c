/* Receiving bodies with Block1, in modes 0, 1 and 3: docs/spec/block.md, section 7.2, and rows K3, K8 to K12, K18. */
#include "peer.h"

static struct datagram d;

/* What the handler saw last. */
static struct {
  int calls;
  size_t length, offset, total;
  uint8_t bytes[8192];
  int has_body, has_block1, has_size1;
  char mid;
} seen;

static unsigned int answer = COAP_RESPONSE_CODE_CHANGED;
static int partial_block_events;

static void
handle(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
       coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  coap_opt_iterator_t iterator;
  const uint8_t *data = NULL;

  (void)context, (void)resource, (void)session, (void)token, (void)query;
  seen.calls++;
  coap_get_data_large(req, &seen.length, &data, &seen.offset, &seen.total);
  EXPECT(seen.length <= sizeof(seen.bytes));
  if (seen.length && seen.length <= sizeof(seen.bytes))
    memcpy(seen.bytes, data, seen.length);
  seen.has_body = req->body_data != NULL;
  seen.has_block1 = coap_check_option(req, COAP_OPTION_BLOCK1, &iterator) != NULL;
  seen.has_size1 = coap_check_option(req, COAP_OPTION_SIZE1, &iterator) != NULL;
  response->code = (uint8_t)answer;
}

/* Makes the resource that the following fragments go to (K11). */
static void
handle_unknown(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
               coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  coap_resource_t *made = coap_resource_init(coap_make_str_const("made"), 0);

  coap_register_handler(made, COAP_REQUEST_PUT, handle);
  coap_add_resource(context, made);
  handle(context, resource, session, req, token, query, response);
}

static int
on_event(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  (void)context, (void)session;
  partial_block_events += event == COAP_EVENT_PARTIAL_BLOCK;
  return 0;
}

static unsigned int mid;
static const char *target = "sink";
static long content_format = -1, size1 = -1;

/* A fragment with `length` bytes of value num + 1. */
static void
make(unsigned int num, unsigned int more, unsigned int szx, size_t length) {
  request(&d, CON, PUT, ++mid, "tok");
  path(&d, target);
  if (content_format >= 0)
    option_uint(&d, COAP_OPTION_CONTENT_FORMAT, (unsigned long)content_format);
  block(&d, COAP_OPTION_BLOCK1, num, more, szx);
  if (size1 >= 0)
    option_uint(&d, COAP_OPTION_SIZE1, (unsigned long)size1);
  if (length)
    payload_of(&d, (int)num + 1, length);
}

#define BLOCK_VALUE(num, more, szx) ((long)(num) << 4 | (more) << 3 | (szx))

/* Sends a fragment; `code` as 231, and the Block1 option of the answer, -1 for none. */
#define STEP(peer, num, more, szx, length, code, block1)                                                              \
  do {                                                                                                                \
    struct reply step_reply;                                                                                          \
    make(num, more, szx, length);                                                                                     \
    peer_send(peer, &d);                                                                                              \
    EXPECT_REPLY(peer, &step_reply, ACK, code);                                                                       \
    EXPECT_EQ(step_reply.mid, mid);                                                                                   \
    if ((code) != 0)                                                                                                  \
      EXPECT_EQ(reply_option(&step_reply, COAP_OPTION_BLOCK1), block1);                                               \
  } while (0)

#define SEEN(calls_, length_, offset_, total_)                                                                        \
  do {                                                                                                                \
    EXPECT_EQ(seen.calls, calls_);                                                                                    \
    EXPECT_EQ(seen.length, length_);                                                                                  \
    EXPECT_EQ(seen.offset, offset_);                                                                                  \
    EXPECT_EQ(seen.total, total_);                                                                                    \
  } while (0)

static void
start(struct server *server, struct peer *peer, unsigned int mode) {
  server_start(server);
  coap_context_set_block_mode(server->context, (uint8_t)mode);
  coap_register_event_handler(server->context, on_event);
  server_resource(server, "sink", COAP_REQUEST_PUT, handle);
  peer_open(peer, server);
  memset(&seen, 0, sizeof(seen));
  target = "sink";
  answer = COAP_RESPONSE_CODE_CHANGED;
  content_format = size1 = -1;
  partial_block_events = 0;
}

static void
stop(struct server *server, struct peer *peer) {
  EXPECT_ALIVE(server);
  peer_close(peer);
  server_stop(server);
}

static void
mode_0(void) {
  struct server server;
  struct peer peer;

  start(&server, &peer, 0);
  STEP(&peer, 0, 1, 6, 1024, 204, -1);
  SEEN(1, 1024, 0, 1024);
  STEP(&peer, 1, 1, 6, 1024, 204, -1);
  SEEN(2, 1024, 0, 1024);
  STEP(&peer, 2, 0, 6, 10, 204, -1);
  SEEN(3, 10, 0, 10);
  EXPECT(seen.has_block1);
  stop(&server, &peer);
}

static void
mode_1(void) {
  struct server server;
  struct peer peer;
  struct reply r;
  struct datagram *again;

  start(&server, &peer, 1);
  size1 = 5000;
  STEP(&peer, 0, 1, 6, 1024, 231, BLOCK_VALUE(0, 1, 6));
  SEEN(1, 1024, 0, 5000);
  size1 = -1;
  STEP(&peer, 1, 1, 6, 1024, 231, BLOCK_VALUE(1, 1, 6));
  SEEN(2, 1024, 1024, 5000);
  STEP(&peer, 4, 1, 6, 1024, 231, BLOCK_VALUE(4, 1, 6)); /* gaps reach the handler */
  SEEN(3, 1024, 4096, 5121);
  STEP(&peer, 2, 1, 6, 1000, 400, -1); /* X29: short, but not last */
  EXPECT_EQ(seen.calls, 3);
  size1 = 9999;
  STEP(&peer, 5, 0, 6, 904, 204, -1);
  SEEN(4, 904, 5120, 6024); /* Size1 is ignored on the last one */
  EXPECT(!seen.has_body);
  size1 = -1;

  /* No upload: random access. */
  STEP(&peer, 3, 1, 6, 1024, 204, -1);
  SEEN(5, 1024, 3072, 4097);
  EXPECT(seen.has_body);
  STEP(&peer, 3, 0, 6, 5, 204, -1);
  SEEN(6, 5, 3072, 3077);
  STEP(&peer, 3, 0, 6, 1025, 400, -1); /* K9 */
  STEP(&peer, 0, 0, 7, 10, 400, -1);   /* K27 */

  /* One message. */
  STEP(&peer, 0, 0, 6, 100, 204, -1);
  SEEN(7, 100, 0, 100);
  EXPECT(seen.has_block1);

  /* Early termination, and on it goes. */
  answer = COAP_RESPONSE_CODE_REQUEST_TOO_LARGE;
  STEP(&peer, 0, 1, 6, 1024, 413, BLOCK_VALUE(0, 1, 6));
  answer = COAP_RESPONSE_CODE_CHANGED;
  STEP(&peer, 1, 1, 6, 1024, 231, BLOCK_VALUE(1, 1, 6));

  /* A handler that defers its answer. */
  answer = 0;
  STEP(&peer, 2, 1, 6, 1024, 0, -1);
  answer = COAP_RESPONSE_CODE_CHANGED;

  /* Another Content-Format. */
  content_format = 50;
  make(3, 1, 6, 1024);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 408);
  EXPECT(r.payload_length == 23 && memcmp(r.payload, "Content-Format mismatch", 23) == 0);
  content_format = -1;

  /* X11, K12: a retransmission does not reach the handler. */
  again = malloc(sizeof(*again));
  STEP(&peer, 0, 1, 6, 1024, 231, BLOCK_VALUE(0, 1, 6));
  *again = d;
  seen.calls = 0;
  peer_send(&peer, again);
  EXPECT_REPLY(&peer, &r, ACK, 231);
  EXPECT_EQ(seen.calls, 0);
  free(again);
  stop(&server, &peer);
}

static void
mode_3(void) {
  struct server server;
  struct peer peer;
  struct reply r;
  size_t i;

  start(&server, &peer, 3);
  /* In order, with Size1. */
  size1 = 1024 * 2 + 10;
  STEP(&peer, 0, 1, 6, 1024, 231, BLOCK_VALUE(0, 1, 6));
  STEP(&peer, 1, 1, 6, 1024, 231, BLOCK_VALUE(1, 1, 6));
  EXPECT_EQ(seen.calls, 0);
  STEP(&peer, 2, 0, 6, 10, 204, -1);
  SEEN(1, 2058, 0, 2058);
  EXPECT(seen.has_body && !seen.has_block1 && seen.has_size1);
  for (i = 0; i < seen.length; i++)
    EXPECT_EQ(seen.bytes[i], i / 1024 + 1);

  /* X32, K10: without Size1, with one that is too small, and one that is too big. */
  for (size1 = -1; size1 < 100000; size1 += 50000) {
    seen.calls = 0;
    STEP(&peer, 0, 1, 2, 64, 231, BLOCK_VALUE(0, 1, 2));
    STEP(&peer, 1, 0, 2, 3, 204, -1);
    SEEN(1, 67, 0, 67);
  }
  size1 = -1;

  /* Any order; a repeat is acknowledged; the last one waits for the gaps with an empty ACK. */
  seen.calls = 0;
  STEP(&peer, 0, 1, 0, 16, 231, BLOCK_VALUE(0, 1, 0));
  STEP(&peer, 3, 0, 0, 7, 0, -1);
  STEP(&peer, 2, 1, 0, 16, 231, BLOCK_VALUE(2, 1, 0));
  STEP(&peer, 2, 1, 0, 16, 231, BLOCK_VALUE(2, 1, 0));
  EXPECT_EQ(seen.calls, 0);
  STEP(&peer, 1, 1, 0, 16, 204, -1);
  SEEN(1, 55, 0, 55);
  for (i = 0; i < seen.length; i++)
    EXPECT_EQ(seen.bytes[i], i / 16 + 1);

  /* K8: an empty fragment. */
  seen.calls = 0;
  STEP(&peer, 0, 1, 0, 16, 231, BLOCK_VALUE(0, 1, 0));
  STEP(&peer, 1, 1, 0, 0, 400, -1);
  STEP(&peer, 1, 0, 0, 0, 204, -1);
  SEEN(1, 16, 0, 16);

  /* K18: other sizes in mid-transfer. */
  seen.calls = 0;
  STEP(&peer, 0, 1, 2, 64, 231, BLOCK_VALUE(0, 1, 2));
  STEP(&peer, 4, 1, 0, 16, 231, BLOCK_VALUE(4, 1, 0));
  STEP(&peer, 5, 0, 0, 2, 204, -1);
  SEEN(1, 82, 0, 82);

  /* K12: block 0 starts over; 0/_ is a body of its own. */
  seen.calls = 0;
  STEP(&peer, 0, 1, 0, 16, 231, BLOCK_VALUE(0, 1, 0));
  STEP(&peer, 1, 1, 0, 16, 231, BLOCK_VALUE(1, 1, 0));
  STEP(&peer, 0, 1, 1, 32, 231, BLOCK_VALUE(0, 1, 1));
  STEP(&peer, 1, 0, 1, 1, 204, -1);
  SEEN(1, 33, 0, 33);
  STEP(&peer, 0, 1, 0, 16, 231, BLOCK_VALUE(0, 1, 0));
  STEP(&peer, 0, 0, 0, 5, 204, -1);
  SEEN(2, 5, 0, 5);
  STEP(&peer, 1, 0, 0, 5, 204, -1); /* random access: the old upload is gone */
  SEEN(3, 5, 16, 21);

  /* More than three ranges. */
  STEP(&peer, 0, 1, 0, 16, 231, BLOCK_VALUE(0, 1, 0));
  STEP(&peer, 2, 1, 0, 16, 231, BLOCK_VALUE(2, 1, 0));
  STEP(&peer, 4, 1, 0, 16, 231, BLOCK_VALUE(4, 1, 0));
  EXPECT_EQ(partial_block_events, 0);
  make(6, 1, 0, 16);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 408);
  EXPECT(r.payload_length == 23 && memcmp(r.payload, "Too many missing blocks", 23) == 0);
  EXPECT_EQ(partial_block_events, 1);

  /* The handler refuses the body. */
  answer = COAP_RESPONSE_CODE_FORBIDDEN;
  STEP(&peer, 0, 1, 0, 16, 231, BLOCK_VALUE(0, 1, 0));
  STEP(&peer, 1, 0, 0, 16, 403, -1);
  stop(&server, &peer);
}

/* K11: the handler of the unknown resource makes the real one after the first fragment. K3: and no crash with two. */
static void
created_resource(void) {
  struct server server;
  struct peer peer;
  coap_resource_t *unknown;
  unsigned int mode;

  for (mode = 1; mode <= 3; mode += 2) {
    start(&server, &peer, mode);
    unknown = coap_resource_unknown_init(handle_unknown);
    coap_add_resource(server.context, unknown);
    target = "made";
    STEP(&peer, 0, 1, 0, 16, 231, BLOCK_VALUE(0, 1, 0));
    target = "elsewhere";
    if (mode == 3)
      STEP(&peer, 0, 1, 0, 16, 231, BLOCK_VALUE(0, 1, 0));
    target = "made";
    STEP(&peer, 1, 1, 0, 16, 231, BLOCK_VALUE(1, 1, 0));
    STEP(&peer, 2, 0, 0, 16, 204, -1);
    if (mode == 3)
      SEEN(1, 48, 0, 48);
    else
      SEEN(3, 16, 32, 48);
    stop(&server, &peer);
  }
}

/* X30: the environment says how long a body may be. */
static void
longest_body(void) {
  struct server server;
  struct peer peer;
  struct reply r;

  setenv("COAP_MAX_BODY", "100", 1);
  start(&server, &peer, 3);
  unsetenv("COAP_MAX_BODY");
  STEP(&peer, 0, 1, 2, 64, 231, BLOCK_VALUE(0, 1, 2));
  STEP(&peer, 1, 0, 2, 36, 204, -1);
  SEEN(1, 100, 0, 100);
  STEP(&peer, 0, 1, 2, 64, 231, BLOCK_VALUE(0, 1, 2));
  make(1, 0, 2, 37);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 413);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_SIZE1), 100);
  EXPECT_EQ(seen.calls, 1);
  stop(&server, &peer);
}

int
main(void) {
  coap_set_log_level(LOG_EMERG);
  mode_0();
  mode_1();
  mode_3();
  created_resource();
  longest_body();
  return expect_done();
}
