/* Notifications on the wire: their bytes, their types, when they wait, and who gets them (resource.md 6.3 to 6.5). */
#include "observer.h"

static struct server server;
static struct datagram d;

/* Ten seconds of made-up time at a time. */
static void
pass_at(coap_tick_t when) {
  unsigned int sockets;

  coap_io_prepare_io(server.context, NULL, 0, &sockets, when);
}

/* Whether the context's descriptor is readable: the loop would wake at once. */
static int
is_awake(void) {
  struct pollfd waiting = {coap_context_get_coap_fd(server.context), POLLIN, 0};

  return poll(&waiting, 1, 0) == 1;
}

/* The default pattern, byte for byte: X28, every sixth is confirmable. It need not be acknowledged for others to go. */
static void
pattern(void) {
  uint8_t expected[] = {0x51, 0x45, 0, 0, 't', 0x61, 1, 0x60, 0xff, 'x'};
  coap_resource_t *watched = watch_resource(&server, "temp");
  struct peer peer;
  struct reply r;
  unsigned int i, mid;

  peer_open(&peer, &server);
  EXPECT_EQ(observe(&peer, &r, "t", "temp", NULL, 0), 0);
  for (i = 1; i <= 13; i++) {
    EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
    EXPECT(await(&server, peer.fd, &r, PATIENCE));
    mid = (unsigned int)expected[2] << 8 | expected[3];
    parse(&r);
    EXPECT(i == 1 || r.mid == ((mid + 1) & 0xffff)); /* each has an id of its own */
    expected[0] = i % 6 ? 0x51 : 0x41;
    expected[2] = r.bytes[2], expected[3] = r.bytes[3];
    expected[6] = (uint8_t)i;
    EXPECT(r.length == sizeof(expected) && !memcmp(r.bytes, expected, r.length));
    if (i == 12) {
      EXPECT_EQ(handler_session->con_active, 1); /* not acknowledged yet */
    } else if (i % 6 == 0)
      answer(&peer, ACK, r.mid);
  }
  EXPECT_SILENCE(&peer);
  farewell(&peer, watched, 1);
}

/* NOTIFY_CON: while one is not acknowledged the next waits, and shows the newest state then (R25: it is sent when the
 * acknowledgement comes; the loop does not spin until then). */
static void
deferral(void) {
  coap_resource_t *watched = watch_resource(&server, "con");
  struct peer peer, other;
  struct reply r;
  unsigned int i, calls;

  coap_resource_set_mode(watched, COAP_RESOURCE_FLAGS_NOTIFY_CON);
  peer_open(&peer, &server);
  peer_open(&other, &server);
  observe(&peer, &r, "t", "con", NULL, 0);
  observe(&other, &r, "o", "con", NULL, 0);
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_NOTIFICATION(&other, &r, CON, 1);
  answer(&other, ACK, r.mid);
  EXPECT_NOTIFICATION(&peer, &r, CON, 1);
  calls = handler_calls;
  for (i = 2; i <= 4; i++) {
    EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
    EXPECT_NOTIFICATION(&other, &r, CON, i); /* the others are not held up */
    answer(&other, ACK, r.mid);
  }
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(handler_calls, calls + 3); /* none for the one that waits */
  EXPECT(!is_awake());
  EXPECT_EQ(server.context->observe_pending, 0);
  server_run(&server, 30, NULL);
  EXPECT_EQ(handler_calls, calls + 3);
  peer_close(&other);

  /* The retransmission keeps its bytes, and is no end of the wait; then the acknowledgement lets the newest state go. */
  {
    struct reply again;
    coap_tick_t now;

    coap_ticks(&now);
    pass_at(now + 4 * COAP_TICKS_PER_SECOND);
    EXPECT_EQ(server.context->observe_pending, 0);
    EXPECT(await(&server, peer.fd, &again, PATIENCE) && parse(&again));
    EXPECT_EQ(reply_option(&again, COAP_OPTION_OBSERVE), 1);
    answer(&peer, ACK, again.mid);
  }
  EXPECT_NOTIFICATION(&peer, &r, CON, 4);
  EXPECT_SILENCE(&peer);

  /* Cancelled by the application outside the loop: the loop wakes for what waited. */
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_SILENCE(&peer);
  EXPECT(!is_awake());
  coap_cancel_all_messages(server.context, handler_session, NULL, 0); /* another token: nothing */
  EXPECT(!is_awake());
  farewell(&peer, watched, 1);
}

/* R25: what concludes the confirmable message in flight: an RST to another one, its cancelling, its giving up. */
static void
concluded(void) {
  coap_resource_t *watched = watch_resource(&server, "con");
  coap_session_t *session;
  coap_pdu_t *pdu;
  struct peer peer;
  struct reply r;
  unsigned int way, mid;
  coap_tick_t now;

  coap_resource_set_mode(watched, COAP_RESOURCE_FLAGS_NOTIFY_CON);
  peer_open(&peer, &server);
  observe(&peer, &r, "t", "con", NULL, 0);
  session = handler_session;
  for (way = 0; way < 3; way++) {
    /* A confirmable message of the application's, to the same peer, holds the notification up. */
    pdu = coap_pdu_init(CON, COAP_RESPONSE_CODE_CONTENT, coap_new_message_id(session), 64);
    coap_add_token(pdu, 1, (const uint8_t *)"z");
    EXPECT(coap_send(session, pdu) != COAP_INVALID_MID);
    EXPECT_REPLY(&peer, &r, CON, 205);
    mid = r.mid;
    EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
    EXPECT_SILENCE(&peer);
    EXPECT(!is_awake());
    if (way == 0)
      answer(&peer, RST, mid);
    else if (way == 1)
      coap_cancel_all_messages(server.context, session, (const uint8_t *)"z", 1);
    else
      for (coap_ticks(&now); server.context->sendqueue; now += 100 * COAP_TICKS_PER_SECOND)
        pass_at(now);
    if (way > 0)
      EXPECT(is_awake());
    /* The retransmissions are of no interest. */
    while (await(&server, peer.fd, &r, PATIENCE) && parse(&r) && r.mid == mid)
      continue;
    EXPECT_EQ(r.type, CON);
    EXPECT_EQ(reply_option(&r, COAP_OPTION_OBSERVE), (long)way + 1);
    answer(&peer, ACK, r.mid);
    EXPECT_SILENCE(&peer);
  }
  farewell(&peer, watched, 1);
}

/* Several changes before the pass make one notification; the loop is woken for it at once. */
static void
changes_gather(void) {
  coap_resource_t *watched = watch_resource(&server, "gather");
  struct peer peer;
  struct reply r;
  unsigned int i;

  peer_open(&peer, &server);
  observe(&peer, &r, "t", "gather", NULL, 0);
  server_turn(&server);
  EXPECT(!is_awake());
  for (i = 0; i < 3; i++)
    EXPECT_EQ(coap_resource_set_dirty(watched, NULL), 1);
  EXPECT_EQ(server.context->observe_pending, 1);
  EXPECT(is_awake());
  EXPECT_NOTIFICATION(&peer, &r, NON, 3);
  EXPECT_EQ(server.context->observe_pending, 0);
  EXPECT_SILENCE(&peer);
  farewell(&peer, watched, 1);
}

/* R9: without a code nothing is sent, and the observation stays. The handler may change the type. */
static void
handlers_choice(void) {
  coap_resource_t *watched = watch_resource(&server, "choice");
  struct peer peer;
  struct reply r;
  unsigned int i;

  peer_open(&peer, &server);
  observe(&peer, &r, "t", "choice", NULL, 0);
  handler_code = 0;
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(handler_session->ref, 1);
  handler_code = COAP_RESPONSE_CODE_CONTENT;
  handler_type = CON;
  EXPECT_CHANGE(watched, &peer, &r, CON, 2);
  handler_type = -1;
  /* The pattern counts from there: what was not sent does not count. */
  for (i = 3; i <= 8; i++)
    EXPECT_CHANGE(watched, &peer, &r, i < 8 ? NON : CON, i);

  /* X17: confirmable ones that wait are replaced by newer ones of the same observation, up to the limit of others. */
  handler_type = CON;
  EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
  EXPECT_NOTIFICATION(&peer, &r, CON, 9);
  for (i = 0; i < 4; i++) { /* type NON by the pattern, so not deferred, and made confirmable by the handler */
    EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
    server_turn(&server);
  }
  EXPECT_SILENCE(&peer);
  EXPECT(handler_session->delayqueue != NULL && handler_session->delayqueue->next == NULL);
  answer(&peer, ACK, r.mid);
  EXPECT_NOTIFICATION(&peer, &r, CON, 13);
  answer(&peer, ACK, r.mid);
  handler_type = -1;
  EXPECT_SILENCE(&peer);

  /* X28: a day after the last confirmable one comes another, whatever flags and handler say. */
  coap_delete_resource(server.context, watched);
  EXPECT_REPLY(&peer, &r, NON, 404);
  watched = coap_resource_init(coap_make_str_const("choice"), COAP_RESOURCE_FLAGS_NOTIFY_NON_ALWAYS);
  coap_register_handler(watched, COAP_REQUEST_GET, watched_handler);
  coap_resource_set_get_observable(watched, 1);
  coap_add_resource(server.context, watched);
  observe(&peer, &r, "t", "choice", NULL, 0);
  for (i = 1; i <= 8; i++)
    EXPECT_CHANGE(watched, &peer, &r, NON, i);
  {
    coap_tick_t now;

    coap_ticks(&now);
    handler_type = NON;
    EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
    pass_at(now + 23 * 3600 * COAP_TICKS_PER_SECOND);
    EXPECT_NOTIFICATION(&peer, &r, NON, 9);
    EXPECT_EQ(coap_resource_notify_observers(watched, NULL), 1);
    pass_at(now + 25 * 3600 * COAP_TICKS_PER_SECOND);
    EXPECT_NOTIFICATION(&peer, &r, CON, 10);
    handler_type = -1;
    /* In made-up time it was sent again and given up by now, which ended the observation. */
    for (i = 0; i < 4; i++)
      EXPECT_NOTIFICATION(&peer, &r, CON, 10);
    EXPECT_EQ(handler_session->ref, 0);
  }
  EXPECT_SILENCE(&peer);
  coap_delete_resource(server.context, watched);
  EXPECT_SILENCE(&peer);
  peer_close(&peer);
}

static coap_resource_t *first, *second;

/* Notifies of the other resource, and once more of its own. */
static void
notifying_handler(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
                  coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  watched_handler(context, resource, session, req, token, query, response);
  if (!req && strlen(handler_log) < 60) {
    coap_resource_notify_observers(resource, NULL);
    coap_resource_notify_observers(resource == first ? second : first, NULL);
  }
}

/* Resources in the order of adding; a change made by a notification handler to its own resource is swallowed (section
 * 8), to another it is notified without anything else having to happen (R25). */
static void
order(void) {
  struct peer peer;
  struct reply r;

  first = watch_resource(&server, "one");
  second = watch_resource(&server, "two");
  peer_open(&peer, &server);
  observe(&peer, &r, "a", "two", NULL, 0);
  observe(&peer, &r, "b", "one", NULL, 0);
  observe(&peer, &r, "c", "one", "q", 0);
  handler_log[0] = 0;
  coap_resource_notify_observers(second, NULL);
  coap_resource_notify_observers(first, NULL);
  EXPECT_REPLY(&peer, &r, NON, 205);
  EXPECT_REPLY(&peer, &r, NON, 205);
  EXPECT_REPLY(&peer, &r, NON, 205);
  EXPECT_SILENCE(&peer);
  EXPECT(!strcmp(handler_log, "one:c?q one:b two:a "));

  coap_register_handler(first, COAP_REQUEST_GET, notifying_handler);
  handler_log[0] = 0;
  coap_resource_notify_observers(first, NULL);
  while (await(&server, peer.fd, &r, 200))
    if (parse(&r) && r.type == CON)
      answer(&peer, ACK, r.mid);
  EXPECT(!strcmp(handler_log, "one:c?q one:b two:a "));
  /* Each notifies of the other, for ever but for the log's end; each change leads to a pass. */
  coap_register_handler(second, COAP_REQUEST_GET, notifying_handler);
  handler_log[0] = 0;
  coap_resource_notify_observers(first, NULL);
  while (await(&server, peer.fd, &r, 200))
    if (parse(&r) && r.type == CON)
      answer(&peer, ACK, r.mid);
  EXPECT(strlen(handler_log) >= 60);
  EXPECT(!is_awake());
  coap_delete_resource(server.context, first);
  farewell(&peer, second, 3);
}

static int send_result = 1; /* 1: as usual */
static ssize_t (*send_as_usual)(coap_socket_t *, const coap_session_t *, const uint8_t *, size_t);

static ssize_t
failing_send(coap_socket_t *sock, const coap_session_t *session, const uint8_t *data, size_t length) {
  return send_result == 1 ? send_as_usual(sock, session, data, length) : send_result;
}

/* A notification that could not be sent is tried again, without spinning and without other traffic. */
static void
send_errors(void) {
  coap_resource_t *watched = watch_resource(&server, "fails");
  struct peer peer;
  struct reply r;
  unsigned int calls;

  send_as_usual = server.context->network_send;
  server.context->network_send = failing_send;
  peer_open(&peer, &server);
  observe(&peer, &r, "t", "fails", NULL, 0);
  send_result = -1;
  calls = handler_calls;
  coap_resource_notify_observers(watched, NULL);
  server_run(&server, 50, NULL);
  EXPECT_EQ(handler_calls, calls + 1);
  EXPECT(!is_awake());
  send_result = 1;
  EXPECT_NOTIFICATION(&peer, &r, NON, 1);
  EXPECT_SILENCE(&peer);
  EXPECT_EQ(handler_calls, calls + 2);
  server.context->network_send = send_as_usual;
  farewell(&peer, watched, 1);
}

/* The request handler's own response comes before the notification of what it changed (6.4); two changes by two
 * requests that are read together make two notifications (io.md 6.4). */
static coap_resource_t *changed;

static void
put_handler(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
            coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)session, (void)req, (void)token, (void)query;
  response->code = COAP_RESPONSE_CODE_CHANGED;
  EXPECT_EQ(coap_resource_notify_observers(changed, NULL), 1);
}

static void
after_the_response(void) {
  struct peer peer;
  struct reply r;

  changed = watch_resource(&server, "put");
  coap_register_handler(changed, COAP_REQUEST_PUT, put_handler);
  peer_open(&peer, &server);
  observe(&peer, &r, "t", "put", NULL, 0);
  observe_request(&d, CON, PUT, "p", "put", NULL, -1);
  peer_send(&peer, &d);
  observe_request(&d, CON, PUT, "q", "put", NULL, -1);
  peer_send(&peer, &d);
  EXPECT_REPLY(&peer, &r, ACK, 204);
  EXPECT_NOTIFICATION(&peer, &r, NON, 1);
  EXPECT_REPLY(&peer, &r, ACK, 204);
  EXPECT_NOTIFICATION(&peer, &r, NON, 2);
  EXPECT_SILENCE(&peer);
  farewell(&peer, changed, 1);
}

int
main(void) {
  server_start(&server);
  pattern();
  deferral();
  concluded();
  changes_gather();
  handlers_choice();
  order();
  send_errors();
  after_the_response();
  server_stop(&server);
  return expect_done();
}
