/* Async states: requests that are answered later (resource.md 7; R26, R27). */
#include "observer.h"

static struct server server;
static struct datagram d;

static coap_async_state_t *registered;
static unsigned char flags;
static unsigned int calls, repeats;

/* Leaves the response empty and registers, as the manual page has it. */
static void
deferring_handler(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
                  coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  char *data = malloc(16);
  coap_async_state_t *state = coap_register_async(context, session, req, flags, data);

  (void)resource, (void)token, (void)query, (void)response;
  calls++;
  handler_session = session;
  if (!state || !(flags & COAP_ASYNC_RELEASE_DATA))
    free(data);
  repeats += !state;
  if (state)
    registered = state;
}

static void
ask(struct peer *peer, struct reply *r, unsigned int type, unsigned int mid, const char *token) {
  request(&d, type, GET, mid, token);
  path(&d, "later");
  peer_send(peer, &d);
  if (type == CON)
    EXPECT_REPLY(peer, r, ACK, 0);
  else
    EXPECT_SILENCE(peer);
}

/* A request, its empty acknowledgement, the answer in a message of its own. */
static void
separate_response(void) {
  struct peer peer;
  struct reply r;
  coap_async_state_t *state = NULL;
  coap_pdu_t *pdu;
  coap_tick_t before, after;

  peer_open(&peer, &server);
  flags = COAP_ASYNC_SEPARATE | COAP_ASYNC_RELEASE_DATA | 0x40;
  coap_ticks(&before);
  ask(&peer, &r, CON, 0x1234, "tok");
  coap_ticks(&after);
  EXPECT_EQ(r.length, 4);
  EXPECT(registered != NULL && server.context->async_state == registered);
  EXPECT_EQ(registered->flags, flags | COAP_ASYNC_CONFIRM);
  EXPECT(registered->created >= before && registered->created <= after);
  EXPECT(registered->appdata != NULL && registered->session == handler_session && registered->next == NULL);
  EXPECT_EQ(registered->id, 0x1234);
  EXPECT(registered->tokenlen == 3 && !memcmp(registered->token, "tok\0\0\0\0\0", 8));
  EXPECT_EQ(handler_session->ref, 1);
  EXPECT(coap_find_async(server.context, handler_session, 0x1234) == registered);
  EXPECT(coap_find_async(server.context, handler_session, 0x1235) == NULL);
  registered->created = 0;
  coap_touch_async(registered);
  EXPECT(registered->created >= before);

  /* A duplicate is not served again (X11); a new request with the same id, on another session, is another. */
  ask(&peer, &r, CON, 0x1234, "tok");
  EXPECT_EQ(calls, 1);

  pdu = coap_pdu_init(CON, COAP_RESPONSE_CODE_CONTENT, coap_new_message_id(registered->session), 64);
  coap_add_token(pdu, registered->tokenlen, registered->token);
  EXPECT(coap_send(registered->session, pdu) != COAP_INVALID_MID);
  EXPECT_REPLY(&peer, &r, CON, 205);
  EXPECT(r.token_length == 3 && !memcmp(r.token, "tok", 3));
  answer(&peer, ACK, r.mid);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(coap_remove_async(server.context, registered->session, registered->id, &state), 1);
  EXPECT(state == registered && server.context->async_state == NULL);
  EXPECT_EQ(coap_remove_async(server.context, handler_session, 0x1234, &state), 0);
  EXPECT(state == NULL);
  EXPECT_EQ(handler_session->ref, 1);
  coap_free_async(registered);
  EXPECT_EQ(handler_session->ref, 0);

  /* A NON is no CON. */
  flags = COAP_ASYNC_CONFIRM;
  ask(&peer, &r, NON, 0x1240, "");
  EXPECT_EQ(registered->flags, 0);
  EXPECT_EQ(registered->tokenlen, 0);
  coap_free_async(registered);
  peer_close(&peer);
}

/* The list, newest first, and the two tables beside it stay one. */
static void
many(void) {
  struct peer peer, other;
  struct reply r;
  coap_async_state_t *state, *states[6];
  coap_session_t *session;
  coap_pdu_t *pdu;
  unsigned int i;

  flags = 0;
  peer_open(&peer, &server);
  peer_open(&other, &server);
  for (i = 0; i < 5; i++) {
    ask(&peer, &r, CON, 100 + i, "t");
    states[i] = registered;
  }
  session = handler_session;
  ask(&other, &r, CON, 102, "t");
  states[5] = registered;
  EXPECT_EQ(session->ref, 5);
  for (state = server.context->async_state, i = 6; i-- > 0; state = state->next)
    EXPECT(state == states[i]);
  EXPECT(state == NULL);

  /* One registered already. */
  pdu = coap_pdu_init(CON, GET, 103, 16);
  EXPECT(coap_register_async(server.context, session, pdu, 0, NULL) == NULL);
  EXPECT_EQ(session->ref, 5);
  pdu->mid = 110;
  /* R27 */
  EXPECT(coap_register_async(NULL, session, pdu, 0, NULL) == NULL);
  EXPECT(coap_register_async(server.context, NULL, pdu, 0, NULL) == NULL);
  EXPECT(coap_register_async(server.context, session, NULL, 0, NULL) == NULL);
  EXPECT(coap_find_async(NULL, session, 102) == NULL && coap_find_async(server.context, NULL, 102) == NULL);
  EXPECT_EQ(coap_remove_async(NULL, session, 102, &state), 0);
  EXPECT_EQ(coap_remove_async(server.context, NULL, 102, &state), 0);
  EXPECT_EQ(coap_remove_async(server.context, session, 102, NULL), 0);
  coap_free_async(NULL);
  EXPECT(coap_find_async(server.context, session, 102) == states[2]);
  coap_delete_pdu(pdu);

  /* R26: freed while it is still in the list; the first, the last, and one in the middle. */
  coap_free_async(states[5]);
  coap_free_async(states[2]);
  coap_free_async(states[0]);
  EXPECT(server.context->async_state == states[4] && states[4]->next == states[3] && states[3]->next == states[1] &&
         states[1]->next == NULL);
  EXPECT(coap_find_async(server.context, session, 102) == NULL);
  EXPECT_EQ(coap_remove_async(server.context, session, 103, &state), 1);
  EXPECT(state == states[3] && state->next == NULL && states[4]->next == states[1]);
  coap_free_async(state);
  EXPECT_EQ(session->ref, 2);
  peer_close(&peer);
  peer_close(&other);
  /* The others go with the context, their data, too. */
  peer_open(&peer, &server);
  flags = COAP_ASYNC_RELEASE_DATA;
  ask(&peer, &r, CON, 1, "t");
  ask(&peer, &r, CON, 2, "t");
  peer_close(&peer);
  EXPECT_EQ(repeats, 0);
}

/* S9: the endpoint goes, and with it its sessions, but for an empty shell while the application has states of them. */
static void
endpoint_goes(void) {
  struct peer peer;
  struct reply r;
  coap_async_state_t *mine = NULL, *listed;
  coap_session_t *session;

  peer_open(&peer, &server);
  ask(&peer, &r, CON, 7, "t");
  session = handler_session;
  ask(&peer, &r, CON, 8, "t");
  EXPECT_EQ(coap_remove_async(server.context, session, 8, &mine), 1);
  listed = coap_find_async(server.context, session, 7);
  coap_free_endpoint(server.endpoint);
  EXPECT(listed != NULL && server.context->async_state == listed && listed->session == session);
  EXPECT(mine != NULL && mine->session == session && session->context == NULL && session->ref == 2);
  coap_free_async(mine);
  EXPECT_EQ(session->ref, 1);
  coap_free_async(listed); /* the session goes with its last reference */
  EXPECT(server.context->async_state == NULL);
  peer_close(&peer);
}

int
main(void) {
  server_start(&server);
  server_resource(&server, "later", COAP_REQUEST_GET, deferring_handler);
  separate_response();
  many();
  EXPECT(server.context->async_state != NULL);
  server_stop(&server);

  server_start(&server);
  server_resource(&server, "later", COAP_REQUEST_GET, deferring_handler);
  endpoint_goes();
  server_stop(&server);
  return expect_done();
}
