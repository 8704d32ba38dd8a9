/* no valgrind: it takes too long for 50,000 registrations */
/* As many observations as a context takes, and one more (docs/spec/hostile.md X27); then all of them notified, and all
 * of them told that their resource is gone, without an end of the service for others (X28). */
#define _GNU_SOURCE
#include "peer.h"

enum { MOST = 50000, OF_ONE_PEER = 125, PEERS = MOST / OF_ONE_PEER, OF_ONE_RESOURCE = 1000 };

static struct server server;
static struct datagram d;
static struct reply r;
static struct peer peers[PEERS + 1];
static coap_resource_t *resources[MOST / OF_ONE_RESOURCE + 1];

static void
handle(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
       coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)query;
  coap_add_data_blocked_response(resource, session, req, response, token, 0, -1, 4, (const uint8_t *)"data");
}

/* Registers number `i`, or ends it; the Observe option of the answer, -1 without. */
static long
observe(struct peer *peer, unsigned int i, unsigned int value) {
  char name[8], query[8], token[8];

  snprintf(name, sizeof(name), "r%u", i / OF_ONE_RESOURCE % 100);
  snprintf(query, sizeof(query), "%u", i % 1000000);
  snprintf(token, sizeof(token), "%u", i % 1000000);
  request(&d, CON, GET, (i * 2 + value) & 0xffff, token);
  option_uint(&d, COAP_OPTION_OBSERVE, value);
  path(&d, name);
  option(&d, COAP_OPTION_URI_QUERY, query, strlen(query));
  peer_send(peer, &d);
  if (!await(&server, peer->fd, &r, PATIENCE) || !parse(&r) || r.code != 0x45)
    return -2;
  return reply_option(&r, COAP_OPTION_OBSERVE);
}

/* Takes what has come to all peers; how many of them have this code. */
static unsigned int
count(unsigned int code) {
  unsigned int i, found = 0;

  for (i = 0; i <= PEERS; i++) {
    while (take(peers[i].fd, &r))
      found += parse(&r) && r.code == code;
  }
  return found;
}

int
main(void) {
  unsigned int i, registered = 0, told;
  char name[8];

  server_start(&server);
  coap_set_log_level(LOG_EMERG);
  for (i = 0; i <= MOST / OF_ONE_RESOURCE; i++) {
    snprintf(name, sizeof(name), "r%u", i % 100);
    resources[i] = server_resource(&server, name, COAP_REQUEST_GET, handle);
    coap_resource_set_get_observable(resources[i], 1);
  }
  for (i = 0; i <= PEERS; i++)
    peer_open(&peers[i], &server);
  for (i = 0; i < MOST; i++)
    registered += observe(&peers[i / OF_ONE_PEER], i, 0) == 0;
  EXPECT_EQ(registered, MOST);
  /* X27: one more is served, and does not observe; until another one ends. */
  EXPECT_EQ(observe(&peers[PEERS], MOST, 0), -1);
  EXPECT_EQ(observe(&peers[7], 7 * OF_ONE_PEER, 1), -1);
  EXPECT_EQ(observe(&peers[PEERS], MOST + 1, 0), 0);
  EXPECT_EQ(observe(&peers[PEERS], MOST + 2, 0), -1);
  EXPECT_ALIVE(&server);
  for (i = 0, told = 0; i <= MOST / OF_ONE_RESOURCE; i++) {
    coap_resource_notify_observers(resources[i], NULL);
    server_turn(&server);
    told += count(0x45);
  }
  EXPECT_EQ(told, MOST);
  EXPECT_ALIVE(&server);
  /* X28: each is told once that it is over. */
  for (i = 0, told = 0; i <= MOST / OF_ONE_RESOURCE; i++) {
    coap_delete_resource(server.context, resources[i]);
    server_turn(&server);
    told += count(0x84);
  }
  EXPECT_EQ(told, MOST);
  EXPECT_ALIVE(&server);
  for (i = 0; i <= PEERS; i++)
    peer_close(&peers[i]);
  server_stop(&server);
  return expect_done();
}
