/* How observations end: rejected, not acknowledged, answered with an error, with their resource, or with the context
 * (resource.md 2.5, 6.4, 6.6; X13, X28). */
#include "observer.h"

static struct server server;
static struct datagram d;

static coap_nack_reason_t nack_reason;
static unsigned int nacks;

static void
on_nack(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_nack_reason_t reason, coap_mid_t id) {
  (void)context, (void)id;
  nacks++;
  nack_reason = reason;
  EXPECT_EQ(sent->type, CON);
  EXPECT_EQ(session->ref, 1); /* held by the message; the observations went before */
}

static coap_resource_t *
confirmable_resource(const char *name) {
  coap_resource_t *resource = watch_resource(&server, name);

  coap_resource_set_mode(resource, COAP_RESOURCE_FLAGS_NOTIFY_CON);
  return resource;
}

static void
rejected(void) {
  coap_resource_t *watched = watch_resource(&server, "temp"), *other = watch_resource(&server, "other"), *con;
  struct peer peer, stranger;
  struct reply r;
  unsigned int i, old;

  peer_open(&peer, &server);
  peer_open(&stranger, &server);
  observe(&peer, &r, "t", "temp", NULL, 0);
  observe(&peer, &r, "t", "other", NULL, 0);
  observe(&peer, &r, "u", "other", "q", 0);
  /* R18: before the first notification no id means anything, 0 included. */
  for (i = 0; i < 3; i++)
    answer(&peer, RST, i ? r.mid : 0);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(handler_session->ref, 3);

  /* X13: the id of the latest notification counts, also of a non-confirmable one; older ones and those of others don't. */
  EXPECT_CHANGE(watched, &peer, &r, NON, 1);
  old = r.mid;
  EXPECT_CHANGE(watched, &peer, &r, NON, 2);
  answer(&peer, RST, old);
  answer(&peer, ACK, r.mid); /* an ACK is not an RST */
  answer(&stranger, RST, r.mid);
  EXPECT_CHANGE(watched, &peer, &r, NON, 3);
  answer(&peer, RST, r.mid);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0);
  EXPECT_EQ(handler_session->ref, 2); /* only that one: not the one of the same token */

  /* A queued confirmable one: the observations with its token end on all resources, then the nack handler hears. */
  observe(&peer, &r, "t", "temp", NULL, 0);
  con = confirmable_resource("con");
  observe(&peer, &r, "t", "con", NULL, 0);
  EXPECT_EQ(handler_session->ref, 4);
  coap_resource_notify_observers(con, NULL);
  EXPECT_NOTIFICATION(&peer, &r, CON, 1);
  EXPECT_EQ(handler_session->ref, 5);
  coap_register_nack_handler(server.context, NULL);
  nacks = 0;
  answer(&peer, RST, r.mid);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(handler_session->ref, 1);
  EXPECT_EQ(coap_resource_notify_observers(other, NULL), 1);
  EXPECT_NOTIFICATION(&peer, &r, NON, 1);
  EXPECT(r.token_length == 1 && r.token[0] == 'u');
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0);
  EXPECT_EQ(coap_resource_notify_observers(con, NULL), 0);
  /* After it was acknowledged an RST with its id still ends it, being that of the latest notification. */
  observe(&peer, &r, "", "con", NULL, 0);
  EXPECT_CHANGE(con, &peer, &r, CON, 2);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(handler_session->con_active, 0);
  answer(&peer, RST, r.mid);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(coap_resource_notify_observers(con, NULL), 0);
  /* The empty token, rejected while queued. */
  observe(&peer, &r, "", "con", NULL, 0);
  EXPECT_EQ(coap_resource_notify_observers(con, NULL), 1);
  EXPECT_NOTIFICATION(&peer, &r, CON, 3);
  coap_register_nack_handler(server.context, on_nack);
  observe(&peer, &r, "u", "other", "q", 1);
  answer(&peer, RST, handler_session->context->sendqueue->id & 0xffff);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(nacks, 1);
  EXPECT_EQ(nack_reason, COAP_NACK_RST);
  EXPECT_EQ(handler_session->ref, 0);

  /* An RST to a request of ours does not end what the peer observes under the same token. */
  observe(&peer, &r, "t", "temp", NULL, 0);
  {
    coap_pdu_t *pdu = coap_pdu_init(CON, GET, coap_new_message_id(handler_session), 64);

    coap_add_token(pdu, 1, (const uint8_t *)"t");
    coap_register_nack_handler(server.context, NULL);
    EXPECT(coap_send(handler_session, pdu) != COAP_INVALID_MID);
    EXPECT_REPLY(&peer, &r, CON, 1);
    answer(&peer, RST, r.mid);
    EXPECT_SILENCE(&peer);
  }
  EXPECT_EQ(handler_session->ref, 1);
  observe(&peer, &r, "t", "temp", NULL, 1);
  coap_delete_resource(server.context, con);
  coap_delete_resource(server.context, other);
  coap_delete_resource(server.context, watched);
  EXPECT_SILENCE(&peer);
  peer_close(&peer);
  peer_close(&stranger);
}

/* X28: an observer that lets a confirmable notification time out is removed, at once, with all that has its token. */
static void
given_up(void) {
  coap_resource_t *con = confirmable_resource("con"), *watched = watch_resource(&server, "temp");
  struct peer peer, other;
  struct reply r;
  coap_tick_t now;
  unsigned int sockets, sent, mid;

  peer_open(&peer, &server);
  peer_open(&other, &server);
  observe(&other, &r, "t", "con", NULL, 0);
  observe(&peer, &r, "v", "temp", "q", 0);
  observe(&peer, &r, "t", "temp", NULL, 0);
  observe(&peer, &r, "t", "con", NULL, 0);
  EXPECT_EQ(handler_session->ref, 3);
  observe(&peer, &r, "v", "temp", NULL, 1);
  coap_session_set_max_retransmit(handler_session, 2);
  coap_register_nack_handler(server.context, on_nack);
  nacks = 0;
  coap_resource_notify_observers(con, NULL);
  EXPECT_NOTIFICATION(&other, &r, CON, 1);
  answer(&other, ACK, r.mid);
  EXPECT_NOTIFICATION(&peer, &r, CON, 1);
  mid = r.mid;
  EXPECT_SILENCE(&other);
  coap_resource_notify_observers(con, NULL); /* waits for the peer's acknowledgement, in vain */
  EXPECT_NOTIFICATION(&other, &r, CON, 2);
  answer(&other, ACK, r.mid);
  EXPECT_SILENCE(&peer);
  for (sent = 1, coap_ticks(&now); !nacks && sent < 9; now += 60 * COAP_TICKS_PER_SECOND) {
    coap_io_prepare_io(server.context, NULL, 0, &sockets, now);
    while (take(peer.fd, &r) && parse(&r)) {
      EXPECT_EQ(r.mid, mid);
      sent++;
    }
  }
  EXPECT_EQ(sent, 3);
  EXPECT_EQ(nacks, 1);
  EXPECT_EQ(nack_reason, COAP_NACK_TOO_MANY_RETRIES);
  EXPECT_EQ(handler_session == NULL ? 0 : 1, 1);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0);
  coap_resource_notify_observers(con, NULL);
  EXPECT_NOTIFICATION(&other, &r, CON, 3); /* who acknowledges stays */
  answer(&other, ACK, r.mid);
  EXPECT_SILENCE(&peer);
  coap_register_nack_handler(server.context, NULL);
  coap_delete_resource(server.context, con);
  coap_delete_resource(server.context, watched);
  EXPECT_REPLY(&other, &r, NON, 404);
  EXPECT_SILENCE(&peer);
  peer_close(&peer);
  peer_close(&other);
}

/* R4: a notification that is an error is the last one. R8: it has no Observe option. R7: without handler it is 4.05. */
static void
errors(void) {
  coap_resource_t *watched = watch_resource(&server, "temp");
  struct peer peer;
  struct reply r;
  const char *tokens[] = {"a", "b", "c", "d"}, *queries[] = {"1", "2", "3", "4"};
  unsigned int i;

  peer_open(&peer, &server);
  for (i = 0; i < 4; i++)
    observe(&peer, &r, tokens[i], "temp", queries[i], 0);
  handler_code = COAP_RESPONSE_CODE(503);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  for (i = 4; i-- > 0;) {
    EXPECT_REPLY(&peer, &r, NON, 503);
    EXPECT(r.token[0] == tokens[i][0]);
    EXPECT_EQ(reply_option(&r, COAP_OPTION_OBSERVE), -1);
  }
  handler_code = COAP_RESPONSE_CODE_CONTENT;
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(handler_session->ref, 0);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0);

  observe(&peer, &r, "t", "temp", NULL, 0);
  coap_register_handler(watched, COAP_REQUEST_GET, NULL);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_REPLY(&peer, &r, NON, 405);
  EXPECT_EQ(reply_option(&r, COAP_OPTION_OBSERVE), -1);
  EXPECT_EQ(handler_session->ref, 0);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0);
  coap_delete_resource(server.context, watched);
  EXPECT_SILENCE(&peer);
  peer_close(&peer);
}

/* --- Deleting ---------------------------------------------------------------------------------------------------- */

static coap_resource_t *doomed;

static void
deleting_handler(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
                 coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  if (!req || req->code != GET || doomed == resource) {
    coap_delete_resource(context, doomed);
    response->code = COAP_RESPONSE_CODE_DELETED;
    return;
  }
  watched_handler(context, resource, session, req, token, query, response);
}

static void
deletion(void) {
  static const uint8_t gone[] = {0x51, 0x84, 0, 0, 't'};
  struct peer peer, other;
  struct reply r;
  coap_resource_t *watched = confirmable_resource("temp"), *second;
  unsigned int mid, i;

  peer_open(&peer, &server);
  peer_open(&other, &server);
  /* 4.04, byte for byte; a message in flight holds nothing up (X28), and it is not cancelled. */
  observe(&peer, &r, "t", "temp", NULL, 0);
  observe(&peer, &r, "s", "temp", "q", 0);
  observe(&peer, &r, "s", "temp", "q", 1);
  coap_resource_notify_observers(watched, NULL);
  EXPECT_NOTIFICATION(&peer, &r, CON, 1);
  mid = r.mid;
  coap_resource_notify_observers(watched, NULL);
  EXPECT_SILENCE(&peer);
  coap_delete_resource(server.context, watched);
  EXPECT(take(peer.fd, &r)); /* at once */
  EXPECT(r.length == 5 && !memcmp(r.bytes, gone, 2) && r.bytes[4] == 't');
  EXPECT_SILENCE(&peer);
  EXPECT(server.context->sendqueue != NULL && server.context->sendqueue->id == (coap_mid_t)mid);
  answer(&peer, ACK, mid);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(handler_session->ref, 0);

  /* A new one at the same path has no observers, and its counter starts again at 0. R24 for observations. */
  watched = watch_resource(&server, "temp");
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0);
  EXPECT_EQ(observe(&peer, &r, "t", "temp", NULL, 0), 0);

  /* Deleted by its own DELETE handler: the 4.04 first, then the response. */
  doomed = watched;
  coap_register_handler(watched, COAP_REQUEST_DELETE, deleting_handler);
  observe_request(&d, CON, DELETE, "d", "temp", NULL, -1);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, NON, 404);
  EXPECT_REPLY(&peer, &r, ACK, 202);
  EXPECT_SILENCE(&peer);

  /* R6: by the handler of an Observe request for it: the observer hears 4.04 and gets its response. */
  doomed = watched = server_resource(&server, "temp", COAP_REQUEST_GET, deleting_handler);
  coap_resource_set_get_observable(watched, 1);
  observe_request(&d, CON, GET, "t", "temp", NULL, 0);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, NON, 404);
  EXPECT_REPLY(&peer, &r, ACK, 202);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(handler_session->ref, 0);

  /* R6, X28: by a notification handler, of itself: each observer hears 4.04 once and nothing else. */
  watched = server_resource(&server, "temp", COAP_REQUEST_GET, watched_handler);
  coap_resource_set_get_observable(watched, 1);
  observe(&peer, &r, "a", "temp", "1", 0);
  observe(&peer, &r, "b", "temp", "2", 0);
  observe(&other, &r, "c", "temp", NULL, 0);
  observe(&peer, &r, "d", "temp", "3", 0);
  doomed = watched;
  coap_register_handler(watched, COAP_REQUEST_GET, deleting_handler);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  for (i = 0; i < 3; i++)
    EXPECT_REPLY(&peer, &r, NON, 404);
  EXPECT_REPLY(&other, &r, NON, 404);
  EXPECT_SILENCE(&peer);
  EXPECT_SILENCE(&other);

  /* Of another resource that is to be notified in the same pass, and of one whose turn has been. */
  for (i = 0; i < 2; i++) {
    watched = watch_resource(&server, "temp");
    second = watch_resource(&server, "second");
    doomed = i ? watched : second;
    observe(&peer, &r, "a", "temp", NULL, 0);
    observe(&peer, &r, "b", "second", NULL, 0);
    coap_register_handler(i ? second : watched, COAP_REQUEST_GET, deleting_handler);
    EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
    EXPECT_EQ(coap_resource_notify_observers(second, NULL), 1);
    if (i)
      EXPECT_NOTIFICATION(&peer, &r, NON, 1);
    EXPECT_REPLY(&peer, &r, NON, 404);
    EXPECT_REPLY(&peer, &r, NON, 202);
    EXPECT_SILENCE(&peer);
    coap_delete_resource(server.context, i ? second : watched);
    EXPECT_REPLY(&peer, &r, NON, 404);
  }

  /* Not observable any more: nobody is told. */
  watched = watch_resource(&server, "temp");
  observe(&peer, &r, "a", "temp", NULL, 0);
  coap_resource_set_get_observable(watched, 0);
  coap_delete_resource(server.context, watched);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(handler_session->ref, 0);

  /* Replaced by another of the same path. */
  watched = watch_resource(&server, "temp");
  observe(&peer, &r, "a", "temp", NULL, 0);
  coap_add_resource(server.context, coap_resource_init(coap_make_str_const("temp"), 0));
  EXPECT_REPLY(&peer, &r, NON, 404);
  coap_delete_resource(server.context, coap_get_resource_from_uri_path(server.context, coap_make_str_const("temp")));
  EXPECT_SILENCE(&peer);
  peer_close(&peer);
  peer_close(&other);
}

/* --- The session or the context goes in the middle of a pass ------------------------------------------------------- */

static int ends_all; /* the handler frees: 1 the endpoint, 2 the context; 3: runs the loop */

static void
ending_handler(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
               coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  int what = req ? 0 : ends_all;

  ends_all = req ? ends_all : 0;
  if (what == 1)
    coap_free_endpoint(server.endpoint);
  if (what == 2)
    coap_free_context(context);
  if (what == 3)
    coap_io_process(context, COAP_IO_NO_WAIT);
  if (what == 2)
    response->code = COAP_RESPONSE_CODE_CONTENT;
  else
    watched_handler(context, resource, session, req, token, query, response);
}

static ssize_t
send_and_disconnect(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  static int inside;
  ssize_t sent = coap_network_send(sock, session, data, length);

  if (!inside++ && data[1] == 0x45)
    coap_session_disconnected((coap_session_t *)session, COAP_NACK_NOT_DELIVERABLE);
  inside--;
  return sent;
}

static void
in_the_pass(void) {
  coap_resource_t *watched;
  struct peer peer, other;
  struct reply r;
  int what;

  for (what = 3; what >= 1; what--) {
    if (what < 3)
      server_start(&server);
    watched = watch_resource(&server, "temp");
    coap_register_handler(watched, COAP_REQUEST_GET, ending_handler);
    peer_open(&peer, &server);
    peer_open(&other, &server);
    observe(&peer, &r, "a", "temp", "1", 0);
    observe(&other, &r, "b", "temp", NULL, 0);
    observe(&peer, &r, "c", "temp", "2", 0);
    ends_all = what;
    EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
    server_turn(&server);
    if (what == 2) {
      /* The context's end says 4.04 to each. */
      EXPECT(take(peer.fd, &r) && parse(&r) && r.code == 0x84);
      EXPECT(take(peer.fd, &r) && parse(&r) && r.code == 0x84);
      EXPECT(!take(peer.fd, &r));
      EXPECT(take(other.fd, &r) && parse(&r) && r.code == 0x84);
    } else if (what == 1) {
      EXPECT(!take(peer.fd, &r) && !take(other.fd, &r));
      EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0); /* the sessions went with their endpoint */
      server_stop(&server);
    } else {
      EXPECT_NOTIFICATION(&peer, &r, NON, 1);
      EXPECT_NOTIFICATION(&peer, &r, NON, 1);
      EXPECT_NOTIFICATION(&other, &r, NON, 1);
      EXPECT_SILENCE(&peer);
      EXPECT_SILENCE(&other);
      server_stop(&server);
      EXPECT(take(peer.fd, &r) && parse(&r) && r.code == 0x84);
      EXPECT(take(other.fd, &r) && parse(&r) && r.code == 0x84);
    }
    peer_close(&peer);
    peer_close(&other);
  }

  /* R5: sending disconnects the session. Its other observations are gone by then, nothing else is sent to it. */
  server_start(&server);
  watched = watch_resource(&server, "temp");
  peer_open(&peer, &server);
  peer_open(&other, &server);
  observe(&peer, &r, "a", "temp", "1", 0);
  observe(&other, &r, "b", "temp", NULL, 0);
  observe(&peer, &r, "c", "temp", "2", 0);
  server.context->network_send = send_and_disconnect;
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_NOTIFICATION(&peer, &r, NON, 1);
  EXPECT_NOTIFICATION(&other, &r, NON, 1);
  server.context->network_send = coap_network_send;
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 0);
  server_stop(&server);
  peer_close(&peer);
  peer_close(&other);
}

int
main(void) {
  server_start(&server);
  rejected();
  given_up();
  errors();
  deletion();
  in_the_pass();
  return expect_done();
}
