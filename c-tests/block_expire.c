/* When large transfers end by themselves: docs/spec/block.md rows K14 and K16, hostile.md X30, X33 and X34. Time is
 * made up: the loop's pass takes it as an argument. */
#include "peer.h"

static struct datagram d;
static uint8_t body[5000];
static int released, calls;
static coap_session_t *last_session;

static void
release(coap_session_t *session, void *what) {
  (void)what;
  EXPECT(session == last_session);
  released++;
}

static void
handle(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
       coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context;
  calls++;
  last_session = session;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  if (req->code == COAP_REQUEST_GET)
    coap_add_data_large_response(resource, session, req, response, token, query, 0, -1, 0, sizeof(body), body, release,
                                 NULL);
}

static unsigned int mid;

static void
ask(struct peer *peer, unsigned int method, unsigned int number, unsigned int num, unsigned int more,
    const char *query, unsigned int code) {
  struct reply r;

  request(&d, CON, method, ++mid, "t");
  path(&d, "large");
  if (query)
    option(&d, COAP_OPTION_URI_QUERY, query, strlen(query));
  block(&d, number, num, more, 6);
  if (number == COAP_OPTION_BLOCK1)
    payload_of(&d, 'x', 1024);
  peer_send(peer, &d);
  EXPECT_REPLY(peer, &r, ACK, code);
}

/* A pass at `after` milliseconds from `from`; what it says of the next deadline. */
static unsigned int
pass(struct server *server, coap_tick_t from, unsigned int after) {
  coap_socket_t *sockets[1];
  unsigned int number = 0;

  return coap_io_prepare_io(server->context, sockets, 1, &number, from + after);
}

static void
start(struct server *server, struct peer *peer) {
  server_start(server);
  coap_context_set_block_mode(server->context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  server_resource(server, "large", COAP_REQUEST_GET, handle);
  server_resource(server, "large", COAP_REQUEST_PUT, handle);
  server->context->session_timeout = 100000; /* out of the way */
  peer_open(peer, server);
  calls = released = 0;
}

static void
stop(struct server *server, struct peer *peer, int releases) {
  EXPECT_ALIVE(server);
  peer_close(peer);
  server_stop(server);
  EXPECT_EQ(released, releases);
}

static void
snapshots_end(void) {
  struct server server;
  struct peer peer;
  coap_tick_t before, after;
  unsigned int next;

  start(&server, &peer);
  coap_ticks(&before);
  ask(&peer, GET, COAP_OPTION_BLOCK2, 0, 0, NULL, 205);
  coap_ticks(&after);
  EXPECT(last_session->lg_xmit != NULL);
  next = pass(&server, before, 0);
  EXPECT(next > 0 && next <= 247000 + (after - before));
  pass(&server, before, 246999);
  EXPECT(last_session->lg_xmit != NULL);
  EXPECT_EQ(coap_can_exit(server.context), 0);
  pass(&server, after, 247001);
  EXPECT(last_session->lg_xmit == NULL);
  EXPECT_EQ(released, 1);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  ask(&peer, GET, COAP_OPTION_BLOCK2, 1, 0, NULL, 205); /* the handler again */
  EXPECT_EQ(calls, 2);

  /* X34: 8 seconds after the last block; any later use counts, too. */
  ask(&peer, GET, COAP_OPTION_BLOCK2, 0, 0, NULL, 205);
  coap_ticks(&before);
  ask(&peer, GET, COAP_OPTION_BLOCK2, 4, 0, NULL, 205);
  coap_ticks(&after);
  next = pass(&server, before, 7999);
  EXPECT(next > 0 && next <= 1 + (after - before));
  EXPECT(last_session->lg_xmit != NULL);
  ask(&peer, GET, COAP_OPTION_BLOCK2, 3, 0, NULL, 205);
  coap_ticks(&after);
  pass(&server, after, 8001);
  EXPECT(last_session->lg_xmit != NULL);
  ask(&peer, GET, COAP_OPTION_BLOCK2, 4, 0, NULL, 205);
  coap_ticks(&after);
  pass(&server, after, 8001);
  EXPECT(last_session->lg_xmit == NULL);
  EXPECT_EQ(calls, 3);
  stop(&server, &peer, 3);
}

static void
uploads_end(void) {
  struct server server;
  struct peer peer;
  coap_tick_t before, after;

  start(&server, &peer);
  ask(&peer, GET, COAP_OPTION_BLOCK2, 1, 0, NULL, 205); /* to learn the session */
  EXPECT(last_session->lg_srcv == NULL);
  ask(&peer, PUT, COAP_OPTION_BLOCK1, 0, 1, NULL, 231);
  coap_ticks(&before);
  ask(&peer, PUT, COAP_OPTION_BLOCK1, 1, 1, NULL, 231);
  coap_ticks(&after);
  EXPECT(last_session->lg_srcv != NULL);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  pass(&server, before, 246999);
  EXPECT(last_session->lg_srcv != NULL);
  pass(&server, after, 247001);
  EXPECT(last_session->lg_srcv == NULL);
  ask(&peer, PUT, COAP_OPTION_BLOCK1, 0, 1, NULL, 231);
  EXPECT(last_session->lg_srcv != NULL);
  ask(&peer, PUT, COAP_OPTION_BLOCK1, 1, 0, NULL, 205);
  EXPECT(last_session->lg_srcv == NULL); /* nothing is left of a finished one */
  ask(&peer, PUT, COAP_OPTION_BLOCK1, 0, 1, NULL, 231); /* and one that the end of the context finds */
  stop(&server, &peer, 1);
}

/* X34: at most 64, the one idle longest goes first. */
static void
bounded(void) {
  struct server server;
  struct peer peer;
  char query[16];
  unsigned int i;

  start(&server, &peer);
  for (i = 0; i < 70; i++) {
    snprintf(query, sizeof(query), "%u", i);
    ask(&peer, GET, COAP_OPTION_BLOCK2, 0, 0, query, 205);
    EXPECT_EQ(released, i < 64 ? 0 : (int)i - 63);
  }
  EXPECT_EQ(calls, 70);
  ask(&peer, GET, COAP_OPTION_BLOCK2, 1, 0, "69", 205);
  ask(&peer, GET, COAP_OPTION_BLOCK2, 1, 0, "6", 205);
  EXPECT_EQ(calls, 70);
  stop(&server, &peer, 70);
}

/* X30: at most 1,024 uploads in a context, of whatever peers. */
static void
many_peers(void) {
  static struct peer peers[260];
  struct server server;
  struct peer peer;
  char query[16];
  size_t i;
  unsigned int q;

  start(&server, &peer);
  for (i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
    peer_open(&peers[i], &server);
    for (q = 0; q < 4; q++) {
      snprintf(query, sizeof(query), "%u", q);
      ask(&peers[i], PUT, COAP_OPTION_BLOCK1, 0, 1, query, 231);
    }
  }
  /* The first four peers' uploads are gone: what comes now is random access. The others' go on. */
  ask(&peers[3], PUT, COAP_OPTION_BLOCK1, 1, 0, "3", 205);
  EXPECT_EQ(calls, 1);
  ask(&peers[4], PUT, COAP_OPTION_BLOCK1, 1, 1, "0", 231);
  ask(&peers[259], PUT, COAP_OPTION_BLOCK1, 1, 1, "3", 231);
  EXPECT_EQ(calls, 1);
  for (i = 0; i < sizeof(peers) / sizeof(peers[0]); i++)
    peer_close(&peers[i]);
  stop(&server, &peer, 0);
}

int
main(void) {
  coap_set_log_level(LOG_EMERG);
  snapshots_end();
  uploads_end();
  bounded();
  many_peers();
  return expect_done();
}
