/* Block-wise transfers while memory runs out: the k-th allocation of a scenario fails, for k = 1, 2, ...: the server lives,
 * nothing leaks, and each large body is released once (hostile.md X33, X41). */
/* no valgrind: it puts its own allocator in the place of the one that fails on demand */
#include "allocation.h"
#include "peer.h"

static struct datagram d;
static uint8_t body[5000];
static int added, released;

static void
release(coap_session_t *session, void *what) {
  (void)session, (void)what;
  released++;
}

static void
handle(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
       coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  added++;
  coap_add_data_large_response(resource, session, req, response, token, query, 0, 60, 0, sizeof(body), body, release,
                               NULL);
}

static unsigned int mid;

/* Sends a request and serves it while the allocation `*left` from now fails, if it has not yet: 0. */
static void
ask(struct peer *peer, unsigned int method, unsigned int number, unsigned int num, unsigned int more,
    const char *query, long *left) {
  struct reply r;
  int i;

  request(&d, CON, method, ++mid, "t");
  path(&d, "large");
  option(&d, COAP_OPTION_URI_QUERY, query, strlen(query));
  block(&d, number, num, more, 6);
  if (number == COAP_OPTION_BLOCK1)
    payload_of(&d, (int)num, more ? 1024 : 10);
  peer_send(peer, &d);
  if (*left)
    fail_allocation(*left, 1);
  for (i = 0; i < 3; i++)
    server_turn(peer->server);
  if (*left)
    *left = stop_failing() ? 0 : allocations_to_come;
  if (take(peer->fd, &r)) {
    EXPECT(parse(&r));
    EXPECT(r.code >> 5 == 2 || r.code == 0 || r.code == 0x80 || r.code == 0x88 || r.code == 0xa0);
  }
}

/* Whether the allocation still was to come when the scenario was over. */
static int
scenario(long k) {
  struct server server;
  struct peer peer;

  added = released = 0;
  server_start(&server);
  coap_context_set_block_mode(server.context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  server_resource(&server, "large", COAP_REQUEST_GET, handle);
  server_resource(&server, "large", COAP_REQUEST_PUT, handle);
  peer_open(&peer, &server);
  ask(&peer, GET, COAP_OPTION_BLOCK2, 0, 0, "a=1", &k);
  ask(&peer, GET, COAP_OPTION_BLOCK2, 1, 0, "a=1", &k);
  ask(&peer, GET, COAP_OPTION_BLOCK2, 0, 0, "a=1", &k);
  ask(&peer, GET, COAP_OPTION_BLOCK2, 0, 0, "a=2", &k);
  ask(&peer, PUT, COAP_OPTION_BLOCK1, 0, 1, "b", &k);
  ask(&peer, PUT, COAP_OPTION_BLOCK1, 1, 1, "b", &k);
  ask(&peer, PUT, COAP_OPTION_BLOCK1, 3, 1, "b", &k);
  ask(&peer, PUT, COAP_OPTION_BLOCK1, 4, 0, "b", &k);
  ask(&peer, PUT, COAP_OPTION_BLOCK1, 2, 1, "b", &k);
  EXPECT_ALIVE(&server);
  peer_close(&peer);
  server_stop(&server);
  EXPECT_EQ(released, added);
  return k > 0;
}

int
main(void) {
  long before, k;

  coap_set_log_level(LOG_EMERG);
  setvbuf(stdout, NULL, _IONBF, 0);
  scenario(1000000);
  before = live_blocks;
  for (k = 1; k < 2000 && !scenario(k); k++)
    EXPECT_EQ(live_blocks, before);
  printf("%ld allocations\n", k);
  EXPECT(k > 20 && k < 2000);
  return expect_done();
}
