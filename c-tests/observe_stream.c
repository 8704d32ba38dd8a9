/* Observations over TCP (resource.md 6.4 to 6.6; RFC 8323): nothing waits for an acknowledgement, and they end with the
 * connection. Async states over TCP (resource.md 7). */
#include "observer.h"
#include "stream_peer.h"

static struct server server;

static void
notifications(void) {
  coap_resource_t *watched = watch_resource(&server, "temp");
  struct stream peer;

  coap_resource_set_mode(watched, COAP_RESOURCE_FLAGS_NOTIFY_CON);
  stream_open(&peer, &server);
  stream_hex(&peer, CSM "61 01 74 60 54 74656d70");
  EXPECT_BYTES(&peer, CSM "41 45 74 60 60 ff 78");
  EXPECT_EQ(handler_session->ref, 1);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_BYTES(&peer, "51 45 74 61 01 60 ff 78");
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_BYTES(&peer, "51 45 74 61 02 60 ff 78");
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_BYTES(&peer, "51 45 74 61 03 60 ff 78");
  /* Cancelled, and once more begun; then the resource goes. */
  stream_hex(&peer, "71 01 74 61 01 54 74656d70");
  EXPECT_BYTES(&peer, "31 45 74 c0 ff 78");
  EXPECT_EQ(handler_session->ref, 0);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0);
  stream_hex(&peer, "61 01 74 60 54 74656d70");
  EXPECT_BYTES(&peer, "51 45 74 61 03 60 ff 78");
  coap_delete_resource(server.context, watched);
  EXPECT_BYTES(&peer, "01 84 74");
  stream_close(&peer);
}

/* The connection ends: closed, reset, released, aborted, by the application. The observations go, nothing is sent. */
static void
disconnected(void) {
  coap_resource_t *watched = watch_resource(&server, "temp");
  struct stream peer;
  int way;

  for (way = 0; way < 5; way++) {
    stream_open(&peer, &server);
    stream_hex(&peer, CSM "61 01 74 60 54 74656d70");
    EXPECT_BYTES(&peer, CSM "41 45 74 60 60 ff 78");
    EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1); /* to be made by the next pass: which finds nobody */
    if (way == 4)
      coap_session_disconnected(handler_session, COAP_NACK_NOT_DELIVERABLE);
    else
      EXPECT_BYTES(&peer, "51 45 74 61 01 60 ff 78");
    if (way == 0)
      stream_close(&peer);
    else if (way == 1)
      stream_reset(&peer);
    else if (way == 2)
      stream_hex(&peer, "00 e4");
    else if (way == 3)
      stream_hex(&peer, "00 e5");
    EXPECT_ALIVE(&server);
    EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0);
    if (way > 1) {
      EXPECT_END(&peer);
      stream_close(&peer);
    }
    coap_delete_resource(server.context, watched);
    watched = watch_resource(&server, "temp");
  }
  coap_delete_resource(server.context, watched);
}

static uint8_t big[1100];

static void
big_handler(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
            coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)query;
  handler_session = session;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  coap_add_data_blocked_response(resource, session, req, response, token, 0, -1, sizeof(big), big);
}

/* X17: a peer that does not read makes one notification of each observation wait, the newest. */
static void
not_reading(void) {
  coap_resource_t *watched = server_resource(&server, "temp", COAP_REQUEST_GET, big_handler);
  struct stream peer;
  coap_queue_t *waiting;
  unsigned int i, count, limit = 0;
  static uint8_t read[65536];
  int ended = 0;

  handler_session = NULL;
  coap_resource_set_get_observable(watched, 1);
  stream_open(&peer, &server);
  stream_hex(&peer, CSM "61 01 74 60 54 74656d70" "61 01 75 60 54 74656d70");
  for (i = 0; i < 100000 && limit < 2000; i++) {
    coap_resource_notify_observers(watched, NULL);
    server_turn(&server);
    limit += handler_session && handler_session->delayqueue != NULL;
  }
  EXPECT_EQ(limit, 2000); /* much more than may wait (X22), had all of it to */
  for (count = 0, waiting = handler_session->delayqueue; waiting; waiting = waiting->next)
    count++;
  EXPECT(count <= 3); /* one of each observation, and one of which a part has gone */
  EXPECT_ALIVE(&server);
  /* It reads at last: what waits comes, and it is served as before. */
  while (stream_read(&peer, read, sizeof(read), 100, &ended) > 0)
    continue;
  EXPECT(!ended && handler_session->delayqueue == NULL);
  stream_hex(&peer, "61 01 76 b5 70726f6265");
  EXPECT_BYTES(&peer, "61 45 76 ff 616c697665");
  stream_close(&peer);
  EXPECT_ALIVE(&server);
  coap_delete_resource(server.context, watched);
}

static coap_async_state_t *first, *second;

static void
deferring_handler(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
                  coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  coap_async_state_t *state = coap_register_async(context, session, req, 0, NULL);

  (void)resource, (void)token, (void)query, (void)response;
  *(first ? &second : &first) = state;
}

/* All requests have the id 0, so one state per session; it outlives the connection (section 7, 8). */
static void
async(void) {
  struct stream peer;
  coap_session_t *session;

  server_resource(&server, "late", COAP_REQUEST_GET, deferring_handler);
  stream_open(&peer, &server);
  stream_hex(&peer, CSM "51 01 74 b4 6c617465" "51 01 75 b4 6c617465");
  EXPECT_BYTES(&peer, CSM);
  EXPECT_NOTHING(&peer);
  EXPECT(first != NULL && second == NULL);
  EXPECT_EQ(first->flags, COAP_ASYNC_CONFIRM);
  EXPECT_EQ(first->id, 0);
  session = first->session;
  stream_close(&peer);
  EXPECT_ALIVE(&server);
  EXPECT_STATE(&server, session, IN_NONE);
  EXPECT(coap_find_async(server.context, session, 0) == first);
  coap_free_async(first);
}

int
main(void) {
  server_start(&server);
  stream_endpoint(&server);
  notifications();
  disconnected();
  not_reading();
  async();
  server_stop(&server);
  return expect_done();
}
