/* Whole bodies in the log: what a server's application gets and gives (docs/spec/debug.md, section 6.1), whatever the log
 * handler does meanwhile (hostile.md X42). */
#include "peer.h"

enum trick { NOTHING, DELETE_RESOURCE, FREE_ENDPOINT, TRICKS };

static struct server server;
static struct datagram d;
static uint8_t body[3000];
static coap_resource_t *resource;
static enum trick trick;
static int views, handled, released;
static char view[3000];

static void
on_log(coap_log_t level, const char *line) {
  static int follows;

  EXPECT(level <= LOG_DEBUG);
  if (follows) {
    snprintf(view, sizeof(view), "%s", line);
    follows = 0;
    if (trick == DELETE_RESOURCE && resource) {
      coap_resource_t *gone = resource;

      resource = NULL;
      coap_delete_resource(server.context, gone);
    }
    if (trick == FREE_ENDPOINT && server.endpoint) {
      coap_endpoint_t *gone = server.endpoint;

      server.endpoint = NULL;
      coap_free_endpoint(gone);
    }
  } else if (strstr(line, "(whole body)")) {
    views++;
    follows = 1;
  }
}

static void
release(coap_session_t *session, void *data) {
  (void)session, (void)data;
  released++;
}

static void
handle(coap_context_t *context, coap_resource_t *served, coap_session_t *session, coap_pdu_t *req, coap_binary_t *token,
       coap_string_t *query, coap_pdu_t *response) {
  (void)context;
  handled++;
  response->code = COAP_RESPONSE_CODE_CHANGED;
  if (req->code == COAP_REQUEST_GET) {
    response->code = COAP_RESPONSE_CODE_CONTENT;
    coap_add_data_large_response(served, session, req, response, token, query, 0, -1, 0, sizeof(body), body, release,
                                 NULL);
  }
}

static void
run(void) {
  struct peer peer;
  struct reply r;
  int i;

  server_start(&server);
  coap_context_set_block_mode(server.context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  resource = server_resource(&server, "r", COAP_REQUEST_PUT, handle);
  coap_register_handler(resource, COAP_REQUEST_GET, handle);
  peer_open(&peer, &server);
  coap_set_log_handler(on_log);
  coap_set_log_level(LOG_DEBUG);
  views = handled = released = 0;
  for (i = 0; i < 3 && server.endpoint; i++) {
    request(&d, CON, PUT, (unsigned)i, "p");
    path(&d, "r");
    block(&d, COAP_OPTION_BLOCK1, (unsigned)i, i < 2, 0);
    payload(&d, "0123456789abcdef", 16);
    peer_send(&peer, &d);
    server_turn(&server);
  }
  EXPECT_EQ(views, 1);
  EXPECT(strstr(view, "'0123456789abcdef0123456789abcdef0123456789abcdef'") != NULL);
  EXPECT_EQ(handled, trick == NOTHING);
  if (trick == DELETE_RESOURCE) { /* the client is told that it is gone */
    while (take(peer.fd, &r) && parse(&r) && r.code == 0x5f)
      ;
    EXPECT_EQ(r.code, 0x84);
  }
  if (trick == NOTHING) {
    request(&d, CON, GET, 10, "g");
    path(&d, "r");
    peer_send(&peer, &d);
    server_turn(&server);
    EXPECT(views == 2 && handled == 2);
    EXPECT(strstr(view, ":: 'xxxxxxxxxx") && strlen(view) > 2000);
  }
  coap_set_log_level(LOG_EMERG);
  coap_set_log_handler(NULL);
  peer_close(&peer);
  server_stop(&server);
  EXPECT_EQ(released, trick == NOTHING);
}

int
main(void) {
  coap_set_log_level(LOG_EMERG);
  coap_set_show_pdu_output(0);
  memset(body, 'x', sizeof(body));
  for (trick = NOTHING; trick < TRICKS; trick++)
    run();
  return expect_done();
}
