/* Observations and block-wise transfer: Block2 of the registration in notifications, bodies of several blocks, and a
 * FETCH whose body comes in blocks (block.md 4, 5, 7.4, K19). */
#include "observer.h"

static struct server server;
static struct datagram d;

static uint8_t large[300];
static unsigned int handed_over, released, fetched;

static void
release_large(coap_session_t *session, void *app_ptr) {
  (void)session;
  EXPECT(app_ptr == large);
  released++;
}

static void
large_handler(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
              coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context;
  handler_session = session;
  handed_over++;
  fetched += req && req->code == FETCH;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  coap_add_data_large_response(resource, session, req, response, token, query, COAP_MEDIATYPE_TEXT_PLAIN, 60, 0,
                               sizeof(large), large, release_large, large);
}

static void
blocked_handler(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
                coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)query;
  coap_add_data_blocked_response(resource, session, req, response, token, COAP_MEDIATYPE_TEXT_PLAIN, 60,
                                 sizeof(large), large);
}

/* A GET with Observe and Block2, and its response. */
static void
observe_block(struct peer *peer, struct reply *r, const char *token, const char *name, unsigned int num,
              unsigned int szx, long value) {
  observe_request(&d, CON, GET, token, name, NULL, value);
  block(&d, COAP_OPTION_BLOCK2, num, 0, szx);
  peer_send(peer, &d);
  EXPECT_REPLY(peer, r, ACK, 205);
}

/* The first block of `sizeof(large)` bytes, with all options in the order of their numbers. */
static void
expect_first(const struct reply *r, long observe, unsigned int szx) {
  EXPECT_EQ(reply_option(r, COAP_OPTION_OBSERVE), observe);
  EXPECT_EQ(reply_option(r, COAP_OPTION_BLOCK2), 8 | szx);
  EXPECT_EQ(reply_option(r, COAP_OPTION_SIZE2), (long)sizeof(large));
  EXPECT(reply_option(r, COAP_OPTION_ETAG) >= 0);
  EXPECT_EQ(r->payload_length, 16u << szx);
  EXPECT(!memcmp(r->payload, large, r->payload_length));
}

/* The size of the first registration holds for notifications, whatever a refresh says. */
static void
blocks(const char *name, coap_method_handler_t handler) {
  coap_resource_t *watched = server_resource(&server, name, COAP_REQUEST_GET, handler);
  struct peer peer;
  struct reply r;

  coap_resource_set_get_observable(watched, 1);
  peer_open(&peer, &server);
  observe_block(&peer, &r, "t", name, 0, 2, 0);
  expect_first(&r, 0, 2);
  observe_block(&peer, &r, "t", name, 0, 1, 0); /* a refresh */
  expect_first(&r, 0, 1);
  memset(large, 'n', 150);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_REPLY(&peer, &r, NON, 205);
  expect_first(&r, 1, 2);
  /* The rest with ordinary requests; only block 0 is an observation's. */
  observe_block(&peer, &r, "u", name, 1, 2, -1);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_OBSERVE), -1);
  EXPECT(r.payload_length == 64 && !memcmp(r.payload, large + 64, 64));
  observe_block(&peer, &r, "t", name, 4, 2, -1);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_OBSERVE), -1);
  EXPECT(r.payload_length == sizeof(large) - 256 && !memcmp(r.payload, large + 256, r.payload_length));
  memset(large, 'x', 150);

  /* Without Block2 in the registration the whole, as it fits into a message. */
  observe(&peer, &r, "w", name, NULL, 0); /* same query: replaces */
  EXPECT_EQ(r.payload_length, sizeof(large));
  EXPECT_EQ(reply_option(&r, COAP_OPTION_OBSERVE), 1);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_REPLY(&peer, &r, NON, 205);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_OBSERVE), 2);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK2), -1);
  EXPECT_EQ(r.payload_length, sizeof(large));
  farewell(&peer, watched, 1);
}

static void
fragment(struct peer *peer, const char *token, unsigned int num, unsigned int more, long observe) {
  observe_request(&d, CON, FETCH, token, "large", NULL, observe);
  block(&d, COAP_OPTION_BLOCK1, num, more, 0);
  payload_of(&d, 'a' + (int)num, more ? 16 : 5);
  peer_send(peer, &d);
}

/* K19: a FETCH whose body comes in blocks is an observation when the body is there, and only then. */
static void
fetch_in_blocks(unsigned int mode) {
  coap_resource_t *watched = server_resource(&server, "large", COAP_REQUEST_FETCH, large_handler);
  struct peer peer;
  struct reply r;

  coap_resource_set_get_observable(watched, 1);
  peer_open(&peer, &server);
  fetched = 0;
  fragment(&peer, "1", 0, 1, 0);
  EXPECT_REPLY(&peer, &r, ACK, 231);
  fragment(&peer, "2", 1, 1, 0);
  EXPECT_REPLY(&peer, &r, ACK, 231);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0);
  EXPECT_EQ(fetched, mode == 3 ? 0 : 2);
  /* With the library's re-assembly the option may be in the first block alone. */
  fragment(&peer, "3", 2, 0, mode == 3 ? -1 : 0);
  EXPECT_REPLY(&peer, &r, ACK, 205);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_OBSERVE), 0);
  EXPECT_EQ(handler_session->ref, 1);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_NOTIFICATION(&peer, &r, NON, 1);
  EXPECT(r.token_length == 1 && r.token[0] == '3');

  /* Mode 3 goes by the Observe of the first block: the new token takes the place of the old. Mode 1 by the last. */
  fragment(&peer, "5", 0, 1, 0);
  EXPECT_REPLY(&peer, &r, ACK, 231);
  fragment(&peer, "6", 1, 0, 1);
  EXPECT_REPLY(&peer, &r, ACK, 205);
  EXPECT_EQ(handler_session->ref, 1);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_REPLY(&peer, &r, NON, 205);
  EXPECT(r.token_length == 1 && r.token[0] == (mode == 3 ? '6' : '3'));
  farewell(&peer, watched, 1);
}

int
main(void) {
  unsigned int i, mode;

  for (i = 0; i < sizeof(large); i++)
    large[i] = (uint8_t)i;
  for (mode = 1; mode <= 3; mode += 2) {
    server_start(&server);
    coap_context_set_block_mode(server.context, (uint8_t)mode);
    blocks("large", large_handler);
    blocks("blocked", blocked_handler);
    fetch_in_blocks(mode);
    server_stop(&server);
  }
  EXPECT_EQ(released, handed_over);
  return expect_done();
}
