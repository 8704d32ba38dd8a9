/* Registration for observations, as a raw peer sees it (resource.md 6.1, 6.2, exchange.md 6.3; RFC 7641). */
#include "observer.h"

static struct server server;
static struct datagram d;

/* The first octets on the wire, and what a registration pins. */
static void
registers(void) {
  static const uint8_t registered[] = {0x61, 0x45, 0x40, 0x01, 't', 0x60, 0x60, 0xff, 'x'};
  coap_resource_t *watched = watch_resource(&server, "temp");
  struct peer peer;
  struct reply r;

  peer_open(&peer, &server);
  EXPECT_EQ(observe(&peer, &r, "t", "temp", NULL, 0), 0); /* a fresh resource: the counter is 0 */
  EXPECT(r.length == sizeof(registered) && !memcmp(r.bytes, registered, r.length));
  EXPECT_EQ(handler_session->ref, 1); /* never swept while it observes */

  /* The same token again refreshes: still one observation. So does a NON. */
  EXPECT_EQ(observe(&peer, &r, "t", "temp", NULL, 0), 0);
  observe_request(&d, NON, GET, "t", "temp", NULL, 0);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, NON, 205);
  EXPECT_EQ(handler_session->ref, 1);
  EXPECT_CHANGE(watched, &peer, &r, NON, 1);
  EXPECT_SILENCE(&peer);

  /* A request that merely has the token gets the option, too; one with another token does not. */
  EXPECT_EQ(observe(&peer, &r, "t", "temp", NULL, -1), 1);
  EXPECT_EQ(observe(&peer, &r, "u", "temp", NULL, -1), -1);

  /* Values of 2 and more are ignored. */
  EXPECT_EQ(observe(&peer, &r, "u", "temp", NULL, 2), -1);
  EXPECT_EQ(observe(&peer, &r, "u", "temp", NULL, 0xffffff), -1);
  EXPECT_EQ(handler_session->ref, 1);

  /* Observe 1 ends it, whatever the query, and only that of the token. */
  EXPECT_EQ(observe(&peer, &r, "u", "temp", NULL, 1), -1);
  EXPECT_EQ(handler_session->ref, 1);
  EXPECT_EQ(observe(&peer, &r, "t", "temp", "q", 1), -1);
  EXPECT_EQ(handler_session->ref, 0);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0);
  EXPECT_SILENCE(&peer);
  peer_close(&peer);
}

/* One observation per session, resource and query; the newest registration wins. */
static void
tokens_and_queries(void) {
  coap_resource_t *watched = watch_resource(&server, "temp");
  struct peer peer;
  struct reply r;

  peer_open(&peer, &server);
  observe(&peer, &r, "a", "temp", "x=1", 0);
  observe(&peer, &r, "b", "temp", "x=1", 0); /* replaces */
  EXPECT_EQ(handler_session->ref, 1);
  observe(&peer, &r, "c", "temp", "x=2", 0);
  observe(&peer, &r, "", "temp", NULL, 0); /* no token is a token like any other */
  EXPECT_EQ(handler_session->ref, 3);
  observe(&peer, &r, "b", "temp", "x=2", 0); /* refreshed with another query: no check against the others */
  EXPECT_EQ(handler_session->ref, 3);

  handler_log[0] = 0;
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_REPLY(&peer, &r, NON, 205);
  EXPECT_REPLY(&peer, &r, NON, 205);
  EXPECT_REPLY(&peer, &r, NON, 205);
  EXPECT_SILENCE(&peer);
  EXPECT(!strcmp(handler_log, "temp: temp:c?x=2 temp:b?x=2 ")); /* newest first; a refresh keeps the place */

  /* A query that the replaced one had finds nobody; the FETCH of the same query replaces the GET. */
  {
    coap_string_t *query = coap_new_string(3);

    memcpy(query->s, "x=1", 3);
    EXPECT_EQ(coap_resource_notify_observers(watched, query), 0);
    query->s[2] = '2';
    EXPECT_EQ(coap_resource_notify_observers(watched, query), 1);
    coap_delete_string(query);
    EXPECT_REPLY(&peer, &r, NON, 205);
    EXPECT_REPLY(&peer, &r, NON, 205);
    EXPECT_SILENCE(&peer);
  }
  observe_request(&d, CON, FETCH, "f", "temp", NULL, 0);
  payload(&d, "f", 1);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 205);
  EXPECT_EQ(handler_session->ref, 3);
  observe(&peer, &r, "", "temp", NULL, 1);
  EXPECT_EQ(handler_session->ref, 3); /* it was replaced */
  observe(&peer, &r, "b", "temp", NULL, 1);
  observe(&peer, &r, "c", "temp", NULL, 1);
  observe(&peer, &r, "f", "temp", NULL, 1);
  EXPECT_EQ(handler_session->ref, 0);
  peer_close(&peer);
}

/* Error responses end the observation and say nothing of it. */
static void
errors(void) {
  coap_resource_t *watched = watch_resource(&server, "temp");
  struct peer peer;
  struct reply r;

  peer_open(&peer, &server);
  /* R8: the handler's Observe option does not stay in a response that is an error. */
  handler_code = COAP_RESPONSE_CODE(503);
  EXPECT_EQ(observe(&peer, &r, "t", "temp", NULL, 0), -1);
  EXPECT_EQ(r.code, 0xa3);
  EXPECT_EQ(handler_session->ref, 0);
  handler_code = COAP_RESPONSE_CODE_CONTENT;

  /* An error ends a known observation as well, with any value of Observe; a request without it does not. */
  observe(&peer, &r, "t", "temp", NULL, 0);
  handler_code = COAP_RESPONSE_CODE_NOT_FOUND;
  EXPECT_EQ(observe(&peer, &r, "t", "temp", NULL, -1), -1);
  EXPECT_EQ(handler_session->ref, 1);
  EXPECT_EQ(observe(&peer, &r, "t", "temp", NULL, 5), -1);
  EXPECT_EQ(handler_session->ref, 0);

  /* R10: also where the client does not want to see the error. */
  observe_request(&d, CON, GET, "t", "temp", NULL, 0);
  option_uint(&d, COAP_OPTION_NORESPONSE, 8);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 0);
  EXPECT_EQ(handler_session->ref, 0);
  handler_code = COAP_RESPONSE_CODE_CONTENT;
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0);

  /* A response without a code (it will come later) leaves the observation. */
  handler_code = 0;
  observe_request(&d, CON, GET, "t", "temp", NULL, 0);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 0);
  EXPECT_EQ(handler_session->ref, 1);
  handler_code = COAP_RESPONSE_CODE_CONTENT;
  EXPECT_CHANGE(watched, &peer, &r, NON, 1);
  observe(&peer, &r, "t", "temp", NULL, 1);
  peer_close(&peer);
}

/* R11: the resources that stand in for others are not observed, and pin no session. Nor are those that are not observable,
 * nor is anything but GET and FETCH an observation. */
static void
not_observable(void) {
  static const char *names[] = {"me"};
  coap_resource_t *unknown = coap_resource_unknown_init(watched_handler), *plain, *proxy;
  struct peer peer;
  struct reply r;

  proxy = coap_resource_proxy_uri_init(watched_handler, 1, names);
  peer_open(&peer, &server);
  coap_register_handler(unknown, COAP_REQUEST_GET, watched_handler);
  coap_resource_set_get_observable(unknown, 1);
  coap_resource_set_get_observable(proxy, 1);
  coap_add_resource(server.context, unknown);
  coap_add_resource(server.context, proxy);
  EXPECT_EQ(observe(&peer, &r, "t", "nowhere", NULL, 0), -1);
  EXPECT_EQ(r.code, 0x45);
  EXPECT_EQ(handler_session->ref, 0);
  EXPECT_EQ(coap_resource_notify_observers(unknown, NULL), 0);
  request(&d, CON, GET, 0x1111, "t");
  option_uint(&d, COAP_OPTION_OBSERVE, 0);
  option(&d, COAP_OPTION_PROXY_URI, "coap://other/x", 14);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 205);
  EXPECT_EQ(handler_session->ref, 0);
  EXPECT_EQ(coap_resource_notify_observers(proxy, NULL), 0);

  plain = server_resource(&server, "plain", COAP_REQUEST_GET, watched_handler);
  coap_register_handler(plain, COAP_REQUEST_PUT, watched_handler);
  EXPECT_EQ(observe(&peer, &r, "t", "plain", NULL, 0), -1);
  EXPECT_EQ(handler_session->ref, 0);
  coap_resource_set_get_observable(plain, 1);
  observe_request(&d, CON, PUT, "t", "plain", NULL, 0);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 205);
  EXPECT_EQ(handler_session->ref, 0);

  /* Switched off: nothing is sent until it is on again. */
  EXPECT_EQ(observe(&peer, &r, "t", "plain", NULL, 0), 0);
  coap_resource_set_get_observable(plain, 0);
  EXPECT_EQ(coap_resource_notify_observers(plain, NULL), 0);
  EXPECT_SILENCE(&peer);
  coap_resource_set_get_observable(plain, 1);
  EXPECT_CHANGE(plain, &peer, &r, NON, 1);
  /* Switched off between the change and the pass. */
  EXPECT_EQ(coap_resource_notify_observers(plain, NULL), 1);
  coap_resource_set_get_observable(plain, 0);
  EXPECT_SILENCE(&peer);
  coap_resource_set_get_observable(plain, 1);
  EXPECT_SILENCE(&peer);
  EXPECT_CHANGE(plain, &peer, &r, NON, 3);
  observe(&peer, &r, "t", "plain", NULL, 1);
  peer_close(&peer);
}

static void
answer_by_hand(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
               coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  coap_binary_t other = {1, (uint8_t *)"o"};

  (void)context, (void)query;
  response->code = COAP_RESPONSE_CODE_CONTENT;
  if (!token->length)
    coap_add_data_blocked_response(resource, session, req, response, NULL, 0, -1, 1, (const uint8_t *)"y");
  else if (token->s[0] == 'o')
    coap_add_data_blocked_response(resource, session, req, response, token, 0, -1, 1, (const uint8_t *)"y");
  else if (token->s[0] == 'w')
    coap_add_data_blocked_response(resource, session, req, response, &other, 0, -1, 1, (const uint8_t *)"y");
}

/* Only the helpers add Observe (6.2); without a token they take any observation of the session. */
static void
helpers(void) {
  coap_resource_t *resource = server_resource(&server, "byhand", COAP_REQUEST_GET, answer_by_hand);
  struct peer peer, other;
  struct reply r;

  coap_resource_set_get_observable(resource, 1);
  peer_open(&peer, &server);
  peer_open(&other, &server);
  EXPECT_EQ(observe(&peer, &r, "x", "byhand", NULL, 0), -1);
  EXPECT_EQ(coap_resource_notify_observers(resource, NULL), 1); /* it is an observation all the same */
  EXPECT_REPLY(&peer, &r, NON, 205);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_OBSERVE), -1);
  EXPECT_EQ(observe(&peer, &r, "", "byhand", NULL, -1), 1);
  EXPECT_EQ(observe(&other, &r, "", "byhand", NULL, -1), -1);
  EXPECT_EQ(observe(&peer, &r, "w", "byhand", NULL, -1), -1);
  EXPECT_EQ(observe(&peer, &r, "o", "byhand", "q", 0), 1);
  EXPECT_EQ(observe(&peer, &r, "w", "byhand", NULL, -1), 1);
  farewell(&peer, resource, 2);
  peer_close(&other);
}

/* The reference to the session outlasts every idle timeout; without an observation it goes. */
static void
pins_the_session(void) {
  coap_resource_t *watched = watch_resource(&server, "pin");
  struct peer peer;
  struct reply r;
  coap_tick_t now;
  unsigned int sockets;

  peer_open(&peer, &server);
  observe(&peer, &r, "t", "pin", NULL, 0);
  coap_session_set_app_data(handler_session, &peer);
  coap_ticks(&now);
  coap_io_prepare_io(server.context, NULL, 0, &sockets, now + 10000 * COAP_TICKS_PER_SECOND);
  EXPECT_CHANGE(watched, &peer, &r, NON, 1);
  EXPECT(coap_session_get_app_data(handler_session) == &peer);
  observe(&peer, &r, "t", "pin", NULL, 1);
  coap_io_prepare_io(server.context, NULL, 0, &sockets, now + 10000 * COAP_TICKS_PER_SECOND);
  observe(&peer, &r, "t", "pin", NULL, -1);
  EXPECT(coap_session_get_app_data(handler_session) == NULL); /* a new one */
  peer_close(&peer);
}

int
main(void) {
  server_start(&server);
  registers();
  tokens_and_queries();
  coap_delete_resource(server.context, watch_resource(&server, "temp"));
  errors();
  not_observable();
  helpers();
  pins_the_session();
  server_stop(&server);
  return expect_done();
}
