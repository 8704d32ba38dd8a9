/* The PUT handler of the manual page (cache.md section 4, block.md 7.3) against peers that send block by block, by
 * hand: two at once on one path, one that falls silent, one that starts over. Block mode 1. */
#define _GNU_SOURCE
#include "peer.h"

#define BLOCK 64 /* szx 2 */

static coap_binary_t *stored;
static long long expired_at;
static int made, finished, expired; /* entries: new, done, ended with data in them */

static void
entry_ends(void *data) {
  coap_delete_binary(data);
  expired++;
  expired_at = milliseconds();
}

static void
handle_put(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
           coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  size_t length = 0, offset = 0, total = 0;
  const uint8_t *data = NULL;
  coap_cache_entry_t *entry = coap_cache_get_by_pdu(session, req, COAP_CACHE_IS_SESSION_BASED);
  coap_binary_t *body;

  (void)context, (void)resource, (void)token, (void)query;
  EXPECT(coap_get_data_large(req, &length, &data, &offset, &total));
  if (offset == 0) {
    if (!entry) {
      entry = coap_new_cache_entry(session, req, COAP_CACHE_NOT_RECORD_PDU, COAP_CACHE_IS_SESSION_BASED, 1);
      made++;
    } else {
      coap_delete_binary(coap_cache_get_app_data(entry));
      coap_cache_set_app_data(entry, NULL, NULL);
    }
  }
  if (!entry) {
    response->code = COAP_RESPONSE_CODE_INTERNAL_ERROR;
    return;
  }
  body = coap_block_build_body(coap_cache_get_app_data(entry), length, data, offset, total);
  coap_cache_set_app_data(entry, body, entry_ends);
  if (offset + length < total) {
    response->code = COAP_RESPONSE_CODE_CONTINUE;
    return;
  }
  coap_cache_set_app_data(entry, NULL, NULL);
  coap_delete_binary(stored);
  stored = body;
  finished++;
  response->code = COAP_RESPONSE_CODE_CHANGED;
}

/* Sends block `num` of `blocks`, filled with a letter, and expects that it is taken. */
static void
put_block(struct peer *peer, unsigned int mid, unsigned int num, unsigned int blocks, int letter) {
  static struct datagram d;
  struct reply r;
  unsigned int more = num + 1 < blocks;

  request(&d, CON, PUT, mid, "p");
  path(&d, "example_data");
  block(&d, COAP_OPTION_BLOCK1, num, more, 2);
  option_uint(&d, COAP_OPTION_SIZE1, BLOCK * blocks);
  payload_of(&d, letter, BLOCK);
  peer_send(peer, &d);
  if (EXPECT_REPLY(peer, &r, ACK, more ? 231 : 204)) {
    EXPECT_EQ(r.mid, mid);
    EXPECT_EQ(reply_option(&r, COAP_OPTION_BLOCK1), more ? (long)(num << 4 | 8 | 2) : -1);
  }
}

static int
stored_is(int letter, size_t length) {
  size_t i;

  if (!stored || stored->length != length)
    return 0;
  for (i = 0; i < length && stored->s[i] == letter; i++)
    ;
  return i == length;
}

int
main(void) {
  static const uint16_t ignored[] = {COAP_OPTION_BLOCK1, COAP_OPTION_BLOCK2};
  struct server server;
  struct peer a, b;
  static struct datagram d;
  struct reply r;
  unsigned int i;
  long long last_block;

  server_start(&server);
  EXPECT(coap_cache_ignore_options(server.context, ignored, 2));
  coap_context_set_block_mode(server.context, COAP_BLOCK_USE_LIBCOAP);
  server_resource(&server, "example_data", COAP_REQUEST_PUT, handle_put);
  peer_open(&a, &server);
  peer_open(&b, &server);

  /* Two PUTs to one path, block by block in turn: neither sees the other's bytes (X31). */
  for (i = 0; i < 20; i++) {
    put_block(&a, 1000 + i, i, 20, 'a');
    EXPECT(i < 19 ? !stored : stored_is('a', 20 * BLOCK));
    put_block(&b, 1000 + i, i, 20, 'b');
  }
  EXPECT(stored_is('b', 20 * BLOCK));
  EXPECT_EQ(made, 2);
  EXPECT_EQ(finished, 2);
  EXPECT_EQ(expired, 0);

  /* A finished entry stays, empty, and serves the next PUT of the same client (cache.md section 4), also a shorter
   * one. */
  put_block(&a, 2000, 0, 2, 'A');
  put_block(&a, 2001, 1, 2, 'A');
  EXPECT(stored_is('A', 2 * BLOCK));
  EXPECT_EQ(made, 2);

  /* Broken off and started over: the new body has nothing of the old one. */
  for (i = 0; i < 5; i++)
    put_block(&a, 3000 + i, i, 10, 'x');
  for (i = 0; i < 3; i++)
    put_block(&a, 3100 + i, i, 3, 'y');
  EXPECT(stored_is('y', 3 * BLOCK));
  EXPECT_EQ(expired, 0);

  /* Broken off for good: the entry idles out after its second, nothing arriving (C7), and the block that comes too
   * late finds none. */
  for (i = 0; i < 3; i++) {
    last_block = milliseconds();
    put_block(&b, 4000 + i, i, 10, 'z');
  }
  server_run(&server, 2000, &expired); /* may go on waiting when it has happened: the callback knows when */
  EXPECT_EQ(expired, 1);
  EXPECT(expired_at - last_block >= 990);
  EXPECT(expired_at - last_block < 1500);
  EXPECT(stored_is('y', 3 * BLOCK));
  request(&d, CON, PUT, 4003, "p");
  path(&d, "example_data");
  block(&d, COAP_OPTION_BLOCK1, 3, 1, 2);
  option_uint(&d, COAP_OPTION_SIZE1, 10 * BLOCK);
  payload_of(&d, 'z', BLOCK);
  peer_send(&b, &d);
  EXPECT_REPLY(&b, &r, ACK, 500);
  EXPECT_EQ(finished, 4);

  /* The context ends with a transfer under way: the application gets its data back, once. */
  put_block(&a, 5000, 0, 10, 'w');
  EXPECT_ALIVE(&server);
  peer_close(&a);
  peer_close(&b);
  server_stop(&server);
  EXPECT_EQ(expired, 2);
  coap_delete_binary(stored);
  return expect_done();
}
