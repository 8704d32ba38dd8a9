/* Serving bodies with Block2: docs/spec/block.md, sections 4, 5 and 7.4, rows K6, K7, K13, K15, K17, K20, K21, X33. */
#include "peer.h"

static struct datagram d;
static uint8_t body[5000];
static size_t body_length = sizeof(body);
static uint64_t etag;
static int max_age = -1;
static int calls, released, added;
static int stateless;
static int set_code_before = 1;
static coap_session_t *last_session;

static void
release(coap_session_t *session, void *what) {
  EXPECT(session == last_session);
  EXPECT(what == body);
  released++;
}

static void
handle(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
       coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context;
  calls++;
  last_session = session;
  if (set_code_before)
    response->code = COAP_RESPONSE_CODE_CONTENT;
  if (stateless)
    coap_add_data_blocked_response(resource, session, req, response, token, 42, max_age, body_length, body);
  else
    added = coap_add_data_large_response(resource, session, req, response, token, query, 42, max_age, etag,
                                         body_length, body, release, body);
  if (!set_code_before && added)
    response->code = COAP_RESPONSE_CODE_CONTENT;
}

static unsigned int mid;

/* A request for a block, `num` < 0 for one without Block2; `value` is the ETag option, NULL for none. */
static void
make(unsigned int code, const char *query, long num, unsigned int szx, const char *value) {
  request(&d, CON, code, ++mid, "tok");
  if (value)
    option(&d, COAP_OPTION_ETAG, value, strlen(value));
  path(&d, "large");
  if (query)
    option(&d, COAP_OPTION_URI_QUERY, query, strlen(query));
  if (num >= 0)
    block(&d, COAP_OPTION_BLOCK2, (unsigned long)num, 0, szx);
}

#define BLOCK_VALUE(num, more, szx) ((long)(num) << 4 | (more) << 3 | (szx))

/* Sends the request; expects the block as Block2 option (-1: none), and `length` bytes from `start` on. */
#define ASK(peer, r, code, block2, start, length)                                                                     \
  do {                                                                                                                \
    peer_send(peer, &d);                                                                                              \
    EXPECT_REPLY(peer, r, ACK, code);                                                                                 \
    EXPECT_EQ(reply_option(r, COAP_OPTION_BLOCK2), block2);                                                           \
    EXPECT_EQ((r)->payload_length, length);                                                                           \
    EXPECT((r)->payload_length != (length) || memcmp((r)->payload, body + (start), length) == 0);                     \
  } while (0)

/* A payload that is an error's text, and no options (K21). */
#define REFUSED(peer, r, code, text)                                                                                  \
  do {                                                                                                                \
    peer_send(peer, &d);                                                                                              \
    EXPECT_REPLY(peer, r, ACK, code);                                                                                 \
    EXPECT_EQ((r)->length, 4 + 3 + 1 + strlen(text));                                                                 \
    EXPECT((r)->payload_length == strlen(text) && memcmp((r)->payload, text, strlen(text)) == 0);                     \
  } while (0)

static void
start(struct server *server, struct peer *peer, unsigned int mode) {
  server_start(server);
  coap_context_set_block_mode(server->context, (uint8_t)mode);
  server_resource(server, "large", COAP_REQUEST_GET, handle);
  server_resource(server, "large", COAP_REQUEST_PUT, handle);
  peer_open(peer, server);
  calls = released = stateless = 0;
  etag = 0;
  max_age = -1;
  body_length = sizeof(body);
  set_code_before = 1;
}

static void
stop(struct server *server, struct peer *peer) {
  EXPECT_ALIVE(server);
  peer_close(peer);
  server_stop(server);
  if (!stateless)
    EXPECT_EQ(released, calls); /* X33 */
}

static void
snapshots(unsigned int mode) {
  struct server server;
  struct peer peer;
  struct reply r;
  unsigned int num;

  start(&server, &peer, mode);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  make(GET, NULL, -1, 0, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(0, 1, 6), 0, 1024);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_ETAG), 1);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_SIZE2), 5000);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_CONTENT_FORMAT), 42);
  EXPECT_EQ(coap_can_exit(server.context), 0);
  for (num = 1; num < 5; num++) {
    make(GET, NULL, num, 6, NULL);
    ASK(&peer, &r, 205, BLOCK_VALUE(num, num < 4, 6), 1024 * num, num < 4 ? 1024 : 904);
    EXPECT_EQ(reply_option(&r, COAP_OPTION_ETAG), 1);
    EXPECT_EQ(reply_option(&r, COAP_OPTION_SIZE2), 5000);
    EXPECT_EQ(reply_option(&r, COAP_OPTION_CONTENT_FORMAT), 42);
  }
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(released, 0);

  /* K17: other sizes, any order, again. */
  make(GET, NULL, 19, 4, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(19, 0, 4), 4864, 136);
  make(GET, NULL, 3, 4, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(3, 1, 4), 768, 256);
  make(GET, NULL, 1, 7, NULL); /* K27 */
  ASK(&peer, &r, 205, BLOCK_VALUE(2, 1, 6), 2048, 1024);
  /* K15: another ETag in a later request does no harm. */
  make(GET, NULL, 1, 6, "x");
  ASK(&peer, &r, 205, BLOCK_VALUE(1, 1, 6), 1024, 1024);
  EXPECT_EQ(calls, 1);
  /* Beyond the end. */
  make(GET, NULL, 5, 6, NULL);
  REFUSED(&peer, &r, 500, "Internal Server Error");

  /* K13: other methods and queries, block 0, no Block2: the handler. */
  make(GET, "q", 1, 6, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(1, 1, 6), 1024, 1024);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(released, 1); /* one block is sent, nothing is kept */
  EXPECT_EQ(reply_option(&r, COAP_OPTION_ETAG), -1);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_SIZE2), -1);
  make(PUT, NULL, 1, 6, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(1, 1, 6), 1024, 1024);
  EXPECT_EQ(calls, 3);
  make(GET, NULL, 0, 5, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(0, 1, 5), 0, 512);
  EXPECT_EQ(calls, 4);
  EXPECT_EQ(released, 3); /* the first one was replaced */
  EXPECT_EQ(reply_option(&r, COAP_OPTION_ETAG), 2);
  make(GET, NULL, 1, 5, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(1, 1, 5), 512, 512);
  EXPECT_EQ(calls, 4);
  stop(&server, &peer);
}

static void
etags_and_ages(void) {
  struct server server;
  struct peer peer;
  struct reply r;
  long left;

  start(&server, &peer, 1);
  etag = 0x4142;
  max_age = 60;
  set_code_before = 0; /* 7.1, step 4 */
  make(GET, NULL, -1, 0, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(0, 1, 6), 0, 1024);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_ETAG), 0x4142);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_MAXAGE), 60);
  make(GET, NULL, 1, 6, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(1, 1, 6), 1024, 1024);
  left = reply_option(&r, COAP_OPTION_MAXAGE);
  EXPECT(left > 30 && left <= 60);
  make(GET, NULL, 2, 6, "AB"); /* K15: the ETag that the application gave */
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 203);
  EXPECT_EQ(r.length, 7);
  EXPECT_EQ(calls, 1);
  stop(&server, &peer);
}

static void
one_message(unsigned int mode) {
  struct server server;
  struct peer peer;
  struct reply r;

  start(&server, &peer, mode);
  body_length = 100;
  make(GET, NULL, -1, 0, NULL);
  ASK(&peer, &r, 205, -1, 0, 100);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_ETAG), -1);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_SIZE2), -1);
  EXPECT_EQ(released, 1);
  make(GET, NULL, 0, 6, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(0, 0, 6), 0, 100);
  EXPECT_EQ(released, 2);
  make(GET, NULL, 1, 6, NULL); /* K6: released although it fails */
  REFUSED(&peer, &r, 400, "Bad Request");
  EXPECT_EQ(released, 3);
  EXPECT_EQ(added, 0);
  body_length = 0;
  make(GET, NULL, -1, 0, NULL);
  ASK(&peer, &r, 205, -1, 0, 0);
  stop(&server, &peer);
}

static void
mode_0(void) {
  struct server server;
  struct peer peer;
  struct reply r;

  start(&server, &peer, 0);
  make(GET, NULL, -1, 0, NULL);
  REFUSED(&peer, &r, 400, "Bad Request");
  EXPECT_EQ(released, 1);
  make(GET, NULL, 0, 6, NULL); /* K20 */
  ASK(&peer, &r, 205, BLOCK_VALUE(0, 1, 6), 0, 1024);
  make(GET, NULL, 4, 6, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(4, 0, 6), 4096, 904);
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(released, 3);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  stop(&server, &peer);
}

static void
no_state(unsigned int mode) {
  struct server server;
  struct peer peer;
  struct reply r;

  start(&server, &peer, mode);
  stateless = 1;
  max_age = 7;
  make(GET, NULL, -1, 0, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(0, 1, 6), 0, 1024);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_SIZE2), 5000);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_MAXAGE), 7);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_CONTENT_FORMAT), 42);
  EXPECT(reply_option(&r, COAP_OPTION_ETAG) > 0);
  make(GET, NULL, 9, 5, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(9, 0, 5), 4608, 392);
  make(GET, NULL, 10, 5, NULL);
  REFUSED(&peer, &r, 400, "Bad Request");
  body_length = 5;
  make(GET, NULL, -1, 0, NULL);
  ASK(&peer, &r, 205, -1, 0, 5);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_SIZE2), -1);
  body_length = 0;
  make(GET, NULL, -1, 0, NULL);
  ASK(&peer, &r, 205, -1, 0, 0);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_ETAG), 0);
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  stop(&server, &peer);
}

/* K17, K29, X15: whatever the size of messages and of the blocks asked for, the blocks fit, and together are the body. */
static void
small_messages(unsigned int mode) {
  struct server server;
  struct peer peer;
  struct reply r;
  size_t mtu, at;
  long block2, asked;
  unsigned int szx, way;

  start(&server, &peer, mode);
  max_age = 60;
  body_length = 10;
  make(GET, NULL, -1, 0, NULL);
  ASK(&peer, &r, 205, -1, 0, 10);
  for (mtu = 20; mtu < 300; mtu += mtu < 80 ? 1 : 13) {
    for (way = 0; way < 8; way++) {
      coap_session_set_mtu(last_session, mtu);
      body_length = mtu * 3 + way;
      szx = way;
      asked = way == 7 && mode ? -1 : 0; /* 7: without Block2 */
      for (at = 0; at < body_length;) {
        make(GET, NULL, asked, szx, NULL);
        peer_send(&peer, &d);
        EXPECT(await(&server, peer.fd, &r, PATIENCE) && parse(&r));
        EXPECT(r.length <= mtu);
        if (r.code != 0x45)
          break;
        block2 = reply_option(&r, COAP_OPTION_BLOCK2);
        EXPECT(block2 >= 0 && r.payload_length > 0);
        if (block2 < 0 || r.payload_length == 0)
          break;
        szx = block2 & 7;
        EXPECT_EQ((size_t)(block2 >> 4) << (szx + 4), at);
        EXPECT(r.payload_length <= (size_t)16 << szx);
        EXPECT(memcmp(r.payload, body + at, r.payload_length) == 0);
        at += r.payload_length;
        EXPECT_EQ(block2 >> 3 & 1, at < body_length);
        asked = (long)(at >> (szx + 4));
      }
      EXPECT(at == body_length || (at == 0 && mtu < 50));
    }
  }
  stop(&server, &peer);
}

/* K7, R24: a body is not served for a resource that takes the place of a deleted one; it is still released once. */
static void
another_resource(void) {
  struct server server;
  struct peer peer;
  struct reply r;
  coap_str_const_t *name = coap_make_str_const("large");

  start(&server, &peer, 3);
  make(GET, NULL, 0, 6, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(0, 1, 6), 0, 1024);
  coap_delete_resource(server.context, coap_get_resource_from_uri_path(server.context, name));
  make(GET, NULL, 1, 6, NULL);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 404);
  EXPECT_EQ(calls, 1);
  server_resource(&server, "large", COAP_REQUEST_GET, handle);
  body_length = 3000; /* what is served now is another body */
  make(GET, NULL, 2, 6, NULL);
  ASK(&peer, &r, 205, BLOCK_VALUE(2, 0, 6), 2048, 952);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(released, 1);
  stop(&server, &peer);
}

/* K1, X33: released once when called with nonsense. */
static void
nonsense(void) {
  coap_pdu_t *response = coap_pdu_init(ACK, 0, 1, 1152);

  last_session = NULL;
  released = 0;
  EXPECT_EQ(coap_add_data_large_response(NULL, NULL, NULL, response, NULL, NULL, 0, -1, 0, 1, body, release, body), 0);
  EXPECT_EQ(released, 1);
  EXPECT_EQ(coap_add_data_large_response(NULL, NULL, NULL, NULL, NULL, NULL, 0, -1, 0, 1, NULL, release, body), 0);
  EXPECT_EQ(released, 2);
  coap_add_data_blocked_response(NULL, NULL, NULL, response, NULL, 0, -1, 1, body);
  EXPECT_EQ(response->used_size, 0);
  coap_delete_pdu(response);
}

int
main(void) {
  size_t i;

  for (i = 0; i < sizeof(body); i++)
    body[i] = (uint8_t)(i * 7 % 251);
  coap_set_log_level(LOG_EMERG);
  snapshots(1);
  snapshots(3);
  etags_and_ages();
  one_message(1);
  one_message(3);
  mode_0();
  no_state(0);
  no_state(3);
  small_messages(0);
  small_messages(3);
  another_resource();
  nonsense();
  return expect_done();
}
