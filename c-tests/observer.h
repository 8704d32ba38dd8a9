/* Observers: raw UDP peers that register, are notified, and answer or not. Beside peer.h:
 *
 *     watched = watch_resource(&server, "temp");              // an observable resource with GET and FETCH
 *     observe(&peer, &r, "t", "temp", NULL, 0);               // a registration and its response
 *     coap_resource_notify_observers(watched, NULL);
 *     EXPECT_NOTIFICATION(&peer, &r, NON, 1);                 // 2.05 with Observe 1
 *     answer(&peer, RST, r.mid);
 */
#ifndef OBSERVER_H
#define OBSERVER_H

#include "peer.h"

static unsigned int handler_calls; /* calls of watched_handler() */
static coap_session_t *handler_session; /* the session of the last one */
static uint8_t handler_code = COAP_RESPONSE_CODE_CONTENT;
static int handler_type = -1; /* what the handler makes of the type of a notification; -1: nothing */
static char handler_log[4096]; /* path, token and query of each notification, "temp:t?q " */

/* The state of the resource is the number of calls: 2.05 with it, and Observe where it belongs. */
static inline void
watched_handler(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
                coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  static uint8_t body[1] = {'x'};
  size_t used = strlen(handler_log);

  (void)context;
  handler_calls++;
  handler_session = session;
  if (!req) {
    EXPECT_EQ(response->code, 0);
    if (handler_type >= 0)
      response->type = (uint8_t)handler_type;
    if (used < sizeof(handler_log) / 2)
      sprintf(handler_log + used, "%.*s:%.*s%s%.*s ", (int)coap_resource_get_uri_path(resource)->length,
              (const char *)coap_resource_get_uri_path(resource)->s, (int)token->length, (const char *)token->s,
              query ? "?" : "", query ? (int)query->length : 0, query ? (const char *)query->s : "");
  }
  response->code = handler_code;
  if (handler_code == 0)
    return;
  coap_add_data_large_response(resource, session, req, response, token, query, COAP_MEDIATYPE_TEXT_PLAIN, -1, 0, 1,
                               body, NULL, NULL);
}

static inline coap_resource_t *
watch_resource(struct server *server, const char *name) {
  coap_resource_t *resource = server_resource(server, name, COAP_REQUEST_GET, watched_handler);

  coap_register_handler(resource, COAP_REQUEST_FETCH, watched_handler);
  coap_resource_set_get_observable(resource, 1);
  return resource;
}

/* A request with Observe; negative: without. */
static inline void
observe_request(struct datagram *d, unsigned int type, unsigned int method, const char *token, const char *uri_path,
                const char *query, long value) {
  static unsigned int mid = 0x4000;

  request(d, type, method, ++mid, token);
  if (value >= 0)
    option_uint(d, COAP_OPTION_OBSERVE, (unsigned long)value);
  path(d, uri_path);
  if (query)
    option(d, COAP_OPTION_URI_QUERY, query, strlen(query));
}

/* A confirmable GET with Observe, and its response, which is left in *r. Returns the Observe option of that, or -1. */
static inline long
observe(struct peer *peer, struct reply *r, const char *token, const char *uri_path, const char *query, long value) {
  static struct datagram d;

  observe_request(&d, CON, GET, token, uri_path, query, value);
  peer_send(peer, &d);
  if (!await(peer->server, peer->fd, r, PATIENCE) || !parse(r)) {
    EXPECT(!"the registration is answered");
    return -2;
  }
  EXPECT_EQ(r->type, ACK);
  return reply_option(r, COAP_OPTION_OBSERVE);
}

/* An empty message: RST or ACK. */
static inline void
answer(struct peer *peer, unsigned int type, unsigned int mid) {
  static struct datagram d;

  request(&d, type, EMPTY, mid, "");
  peer_send(peer, &d);
}

/* Expects a notification of this type with this Observe value. */
#define EXPECT_NOTIFICATION(peer, reply, type, value)                  \
  do {                                                                 \
    if (EXPECT_REPLY(peer, reply, type, 205))                          \
      EXPECT_EQ(reply_option(reply, COAP_OPTION_OBSERVE), value);      \
  } while (0)

/* A change, its notification, and the acknowledgement of that if it wants one. */
#define EXPECT_CHANGE(resource, peer, reply, type, value)              \
  do {                                                                 \
    EXPECT_EQ(coap_resource_notify_observers(resource, NULL), 1);      \
    EXPECT_NOTIFICATION(peer, reply, type, value);                     \
    if ((type) == CON)                                                 \
      answer(peer, ACK, (reply)->mid);                                 \
  } while (0)

/* Deletes a resource that a peer has so many observations of, each of which ends with 4.04, and closes the peer. */
static inline void
farewell(struct peer *peer, coap_resource_t *resource, unsigned int observations) {
  struct reply r;

  coap_delete_resource(peer->server->context, resource);
  while (observations--)
    EXPECT_REPLY(peer, &r, NON, 404);
  EXPECT_SILENCE(peer);
  peer_close(peer);
}

#endif
