/* What applications do inside the callbacks of large transfers: delete the resource, end the session, send a body from
 * the release callback, serve others meanwhile (hostile.md X33, X42). The interesting part is valgrind's. */
#include "peer.h"

static struct datagram d;
static uint8_t body[5000];
static int added, released, calls;
static coap_endpoint_t *endpoint;
static coap_resource_t *served;
static struct server *serving;
static struct peer *other;

static enum {
  NOTHING,
  DELETE_RESOURCE, /* in the handler, behind the large response */
  END_SESSION,     /* in the handler, behind the large response */
  NEST,            /* in the handler: others are served meanwhile */
  RELEASE_ENDS_SESSION,
  RELEASE_ADDS,
  RELEASE_DELETES_RESOURCE,
} trick;

static void
end_endpoint(void) {
  coap_endpoint_t *ending = endpoint;

  endpoint = NULL;
  if (ending)
    coap_free_endpoint(ending);
}

static void
end_resource(coap_context_t *context) {
  coap_resource_t *ending = served;

  served = NULL;
  if (ending)
    coap_delete_resource(context, ending);
}

static void
release(coap_session_t *session, void *what) {
  released++;
  (void)what;
  if (trick == RELEASE_ENDS_SESSION)
    end_endpoint();
  if (trick == RELEASE_DELETES_RESOURCE)
    end_resource(serving->context);
  if (trick == RELEASE_ADDS && added < 20 && served) {
    coap_pdu_t *pdu = coap_pdu_init(NON, COAP_RESPONSE_CODE_CONTENT, 1, 1152);
    coap_string_t query = {1, (uint8_t *)"q"};

    added++;
    coap_add_data_large_response(served, session, NULL, pdu, NULL, &query, 0, -1, 0, sizeof(body), body, release, NULL);
    coap_delete_pdu(pdu);
  }
}

static void
handle(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
       coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  size_t length, offset, total, i;
  const uint8_t *data;
  struct reply r;

  calls++;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  if (req->code == COAP_REQUEST_GET) {
    added++;
    coap_add_data_large_response(resource, session, req, response, token, query, 0, -1, 0, sizeof(body), body, release,
                                 NULL);
  }
  if (trick == DELETE_RESOURCE)
    end_resource(context);
  if (trick == END_SESSION)
    end_endpoint();
  if (trick == NEST && calls == 1) {
    request(&d, CON, GET, 0x7001, "n");
    path(&d, "large");
    peer_send(other, &d);
    EXPECT_REPLY(other, &r, ACK, 205);
  }
  if (req->code == COAP_REQUEST_PUT) { /* the body is there to the end */
    EXPECT(coap_get_data_large(req, &length, &data, &offset, &total));
    EXPECT_EQ(length, 1034);
    for (i = 0; i < length; i++)
      EXPECT_EQ(data[i], 'x');
  }
}

static unsigned int mid;

static void
ask(struct peer *peer, unsigned int method, unsigned int number, unsigned int num, unsigned int more) {
  struct reply r;

  if (!endpoint)
    return; /* nobody listens any more */
  request(&d, CON, method, ++mid, "t");
  path(&d, "large");
  block(&d, number, num, more, 6);
  if (number == COAP_OPTION_BLOCK1)
    payload_of(&d, 'x', more ? 1024 : 10);
  peer_send(peer, &d);
  await(peer->server, peer->fd, &r, trick == END_SESSION ? 10 : 1000);
}

static void
play(int which, unsigned int method, unsigned int mode) {
  struct server server;
  struct peer peer, second;
  coap_socket_t *sockets[1];
  coap_tick_t now;
  unsigned int number;

  trick = which;
  added = released = calls = 0;
  server_start(&server);
  serving = &server;
  endpoint = server.endpoint;
  coap_context_set_block_mode(server.context, (uint8_t)mode);
  served = server_resource(&server, "large", COAP_REQUEST_GET, handle);
  coap_register_handler(served, COAP_REQUEST_PUT, handle);
  peer_open(&peer, &server);
  peer_open(&second, &server);
  other = &second;
  if (method == GET) {
    ask(&peer, GET, COAP_OPTION_BLOCK2, 0, 0);
    ask(&peer, GET, COAP_OPTION_BLOCK2, 1, 0);
    ask(&peer, GET, COAP_OPTION_BLOCK2, 0, 0);
    ask(&peer, GET, COAP_OPTION_BLOCK2, 4, 0);
  } else {
    ask(&peer, PUT, COAP_OPTION_BLOCK1, 0, 1);
    ask(&peer, PUT, COAP_OPTION_BLOCK1, 1, 0);
    ask(&peer, PUT, COAP_OPTION_BLOCK1, 0, 1);
  }
  coap_ticks(&now);
  coap_io_prepare_io(server.context, sockets, 1, &number, now + 400000);
  EXPECT(calls > 0);
  peer_close(&peer);
  peer_close(&second);
  server_stop(&server);
  EXPECT_EQ(released, added);
}

int
main(void) {
  int which;

  coap_set_log_level(LOG_EMERG);
  for (which = NOTHING; which <= RELEASE_DELETES_RESOURCE; which++) {
    play(which, GET, COAP_BLOCK_USE_LIBCOAP);
    if (which <= NEST)
      play(which, PUT, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  }
  return expect_done();
}
