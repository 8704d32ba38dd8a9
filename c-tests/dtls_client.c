/* Our client over DTLS and a server of OpenSSL's: completion, data that comes with or before it, alerts, ICMP, a new
 * handshake on the same socket, renegotiation (docs/spec/security.md, sections 7, 9, 10). */
/* only: openssl */
/* flags: -lssl -lcrypto */
#include "dtls_peer.h"

static struct dtls_world world;
static int responses, response_state;

static coap_response_t
note_response(coap_context_t *context, coap_session_t *session, coap_pdu_t *sent, coap_pdu_t *received,
              const coap_mid_t id) {
  (void)context, (void)sent, (void)received, (void)id;
  responses++;
  response_state = (int)session->state;
  return COAP_RESPONSE_OK;
}

static coap_session_t *
client(uint16_t port) {
  coap_address_t to;

  loopback_address(&to, port);
  return coap_new_client_session_psk(world.server.context, NULL, &to, COAP_PROTO_DTLS, "me", (const uint8_t *)KEY,
                                     sizeof(KEY) - 1);
}

static coap_mid_t
ask(coap_session_t *session, const char *token) {
  coap_pdu_t *pdu = coap_pdu_init(CON, GET, coap_new_message_id(session), 64);

  coap_add_token(pdu, strlen(token), (const uint8_t *)token);
  return coap_send(session, pdu);
}

/* The peer's handshake up to its last flight, which it keeps. */
static int
all_but_last_flight(struct dtls_peer *peer) {
  while (dtls_await(peer, PATIENCE)) {
    if (dtls_step(peer))
      return 1;
    dtls_post(peer);
  }
  return 0;
}

/* A response with this token, as a record. */
static void
respond(struct dtls_peer *peer, coap_mid_t mid, const char *token) {
  static struct datagram d;

  request(&d, ACK, 0x45, (unsigned int)mid & 0xffff, token);
  dtls_say(peer, d.bytes, d.length);
}

/* Sends the records of a flight one by one, and what is to come before the last of them. */
static void
post_before_last(struct dtls_peer *peer, int flight, int early) {
  const uint8_t *at, *end;
  size_t length;
  int i;

  for (i = 0; i < flight; i++) {
    end = peer->out[i].bytes + peer->out[i].length;
    for (at = peer->out[i].bytes; at < end; at += length) {
      length = 13 + (size_t)(at[11] << 8 | at[12]);
      if (i == flight - 1 && at + length == end) {
        EXPECT_EQ(at[4], 1); /* Finished; what changes the keys is before it */
        dtls_post_one(peer, early);
        server_turn(&world.server);
        EXPECT_NO_EVENT();
      }
      dtls_send_bytes(peer, at, length);
      server_turn(&world.server);
    }
  }
}

/* T5: data that shares a datagram with the end of the handshake (0), comes before it (1), in the midst of it (2), or
 * after it (3). */
static void
early_data(int how) {
  struct dtls_peer peer;
  coap_session_t *session = client(dtls_open_server(&peer, &world, KEY));
  static struct datagram d;
  int last, mid;

  EXPECT_EQ(session->state, COAP_SESSION_STATE_HANDSHAKE);
  EXPECT_EQ(session->ref, 1);
  EXPECT_EQ(session->tls_overhead, 29);
  EXPECT(session->tls != NULL);
  EXPECT(ask(session, "a") != COAP_INVALID_MID);
  EXPECT(session->delayqueue != NULL);
  responses = 0;
  EXPECT(all_but_last_flight(&peer));
  last = peer.out_count;
  /* A request, which is answered by 4.04. */
  request(&d, NON, GET, 77, "b");
  path(&d, "none");
  dtls_say(&peer, d.bytes, d.length);
  EXPECT_EQ(peer.out_count, last + 1);
  if (how == 0) {
    dtls_post_together(&peer);
  } else if (how == 1) {
    dtls_post_one(&peer, last);
    server_turn(&world.server);
    EXPECT_NO_EVENT();
    peer.out_count = last;
    dtls_post(&peer);
  } else if (how == 2) {
    post_before_last(&peer, last, last);
    peer.out_count = 0;
  } else {
    dtls_post(&peer);
  }
  EXPECT(dtls_hear(&peer));
  EXPECT_EQ(peer.plain[1], 1); /* what waited, first */
  EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
  EXPECT_EQ(states[0], COAP_SESSION_STATE_HANDSHAKE);
  mid = peer.plain[2] << 8 | peer.plain[3];
  EXPECT(dtls_hear(&peer));
  EXPECT_EQ(peer.plain[1], 0x84); /* the answer to the request, without more being said */
  respond(&peer, mid, "a");
  dtls_post(&peer);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_ESTABLISHED);
  server_run(&world.server, 20, NULL);
  EXPECT_EQ(responses, 1);
  EXPECT_EQ(response_state, COAP_SESSION_STATE_ESTABLISHED);
  /* 37 with GCM, 29 with CCM_8 (7.5) */
  EXPECT_EQ(session->tls_overhead, strstr(SSL_get_cipher(peer.ssl), "GCM") ? 37 : 29);
  /* The peer's end, then a new handshake on the same socket (section 10). */
  forget_events();
  SSL_shutdown(peer.ssl);
  dtls_post(&peer);
  EXPECT(dtls_await(&peer, PATIENCE));
  EXPECT(!dtls_step(&peer));
  EXPECT_EQ(SSL_get_shutdown(peer.ssl), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  EXPECT_EQ(event_count, 1);
  EXPECT(CLOSED_EVENT(0));
  EXPECT_EQ(session->state, COAP_SESSION_STATE_NONE);
  forget_events();
  dtls_renew(&peer, 1);
  EXPECT(ask(session, "c") != COAP_INVALID_MID);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_HANDSHAKE);
  EXPECT(dtls_handshake(&peer));
  EXPECT(dtls_hear(&peer));
  respond(&peer, peer.plain[2] << 8 | peer.plain[3], "c");
  dtls_post(&peer);
  server_run(&world.server, 20, NULL);
  EXPECT_EQ(responses, 2);
  forget_events();
  /* Freed with a message on its way: DTLS_CLOSED, one close_notify. */
  coap_session_release(session);
  EXPECT_EQ(event_count, 1);
  EXPECT(CLOSED_EVENT(0));
  EXPECT(dtls_await(&peer, PATIENCE));
  EXPECT(!dtls_step(&peer));
  EXPECT(SSL_get_shutdown(peer.ssl) & SSL_RECEIVED_SHUTDOWN);
  forget_events();
  dtls_close(&peer);
}

/* Section 9: a fatal alert in the handshake. */
static void
refused(void) {
  struct dtls_peer peer;
  coap_session_t *session;
  uint16_t port = dtls_open_server(&peer, &world, KEY);

  SSL_CTX_set_cipher_list(peer.context, "ECDHE-RSA-AES128-GCM-SHA256");
  dtls_renew(&peer, 1);
  session = client(port);
  EXPECT(ask(session, "a") != COAP_INVALID_MID);
  EXPECT(dtls_await(&peer, PATIENCE));
  EXPECT(!dtls_step(&peer));
  dtls_post(&peer);
  server_run(&world.server, 20, NULL);
  EXPECT_EQ(event_count, 2);
  EXPECT_EQ(events[0], COAP_EVENT_DTLS_ERROR);
  EXPECT(CLOSED_EVENT(1));
  EXPECT_EQ(states[1], COAP_SESSION_STATE_HANDSHAKE);
  EXPECT_EQ(nack_count, 1);
  EXPECT_EQ(nacks[0], COAP_NACK_TLS_FAILED);
  EXPECT_EQ(session->dtls_event, COAP_EVENT_DTLS_ERROR);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_NONE);
  EXPECT(!dtls_await(&peer, 50)); /* nothing is said after a fatal alert */
  forget_events();
  coap_session_release(session);
  EXPECT_NO_EVENT();
  dtls_close(&peer);
}

/* Session §7: released in the handshake: nothing is said, DTLS_CLOSED, NACK 3. */
static void
released(void) {
  struct dtls_peer peer;
  coap_session_t *session = client(dtls_open_server(&peer, &world, KEY));

  EXPECT(ask(session, "a") != COAP_INVALID_MID);
  EXPECT(dtls_take(&peer));
  coap_session_release(session);
  EXPECT_EQ(event_count, 1);
  EXPECT(CLOSED_EVENT(0));
  EXPECT_EQ(nack_count, 1);
  EXPECT_EQ(nacks[0], COAP_NACK_TLS_FAILED);
  EXPECT(!dtls_take(&peer));
  forget_events();
  dtls_close(&peer);
}

/* Section 9: nobody is there, says the network. The message stays, and the next time that it is sent a new handshake
 * begins, with somebody who has come meanwhile. */
static void
unreachable(void) {
  struct dtls_peer peer;
  coap_session_t *session;
  coap_address_t own;
  uint16_t port;
  long long end = milliseconds() + PATIENCE;
  int fd = silent_socket(&port);

  close(fd);
  session = client(port);
  coap_session_set_ack_timeout(session, (coap_fixed_point_t){1, 0});
  EXPECT(ask(session, "a") != COAP_INVALID_MID);
  while (!nack_count && milliseconds() < end)
    coap_io_process(world.server.context, 10);
  EXPECT_EQ(event_count, 1);
  EXPECT(CLOSED_EVENT(0));
  EXPECT_EQ(states[0], COAP_SESSION_STATE_HANDSHAKE);
  EXPECT_EQ(nack_count, 1);
  EXPECT_EQ(nacks[0], COAP_NACK_ICMP_ISSUE);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_NONE);
  EXPECT_EQ(session->con_active, 0);
  EXPECT(world.server.context->sendqueue != NULL);
  forget_events();
  fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  loopback_address(&own, port);
  if (bind(fd, &own.addr.sa, own.size) == 0) {
    dtls_make(&peer, &world, KEY, fd, 1);
    responses = 0;
    EXPECT(dtls_handshake(&peer));
    EXPECT(dtls_hear(&peer));
    EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
    EXPECT_EQ(session->dtls_timeout_count, 0);
    respond(&peer, peer.plain[2] << 8 | peer.plain[3], "a");
    dtls_post(&peer);
    server_run(&world.server, 20, NULL);
    EXPECT_EQ(responses, 1);
    EXPECT(world.server.context->sendqueue == NULL);
    dtls_close(&peer);
  } else {
    close(fd); /* somebody else has the port now */
  }
  coap_session_release(session);
  forget_events();
}

/* Gives up a CON that is never heard of: the network says so each time. */
static void
unreachable_for_good(void) {
  coap_session_t *session;
  uint16_t port;
  long long end = milliseconds() + PATIENCE;

  close(silent_socket(&port));
  session = client(port);
  coap_session_set_ack_timeout(session, (coap_fixed_point_t){1, 0});
  coap_session_set_max_retransmit(session, 1);
  EXPECT(ask(session, "a") != COAP_INVALID_MID);
  while (!(nack_count && nacks[nack_count - 1] == COAP_NACK_TOO_MANY_RETRIES) && milliseconds() < end)
    coap_io_process(world.server.context, 50);
  EXPECT_EQ(nacks[0], COAP_NACK_ICMP_ISSUE);
  EXPECT_EQ(nacks[nack_count - 1], COAP_NACK_TOO_MANY_RETRIES);
  EXPECT(world.server.context->sendqueue == NULL);
  EXPECT_EQ(session->ref, 1);
  coap_session_release(session);
  forget_events();
}

/* 6.2: a server asks for a new handshake, and gets it. */
static void
renegotiation(void) {
  struct dtls_peer peer;
  coap_session_t *session = client(dtls_open_server(&peer, &world, KEY));

  EXPECT(dtls_handshake(&peer));
  server_run(&world.server, 20, NULL);
  EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
  EXPECT_EQ(SSL_renegotiate(peer.ssl), 1);
  SSL_do_handshake(peer.ssl); /* HelloRequest */
  dtls_post(&peer);
  server_run(&world.server, 20, NULL);
  EXPECT_EVENTS(COAP_EVENT_DTLS_RENEGOTIATE);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_ESTABLISHED);
  while (dtls_take(&peer)) {
    SSL_read(peer.ssl, peer.plain, sizeof(peer.plain));
    dtls_post(&peer);
    server_run(&world.server, 20, NULL);
  }
  EXPECT(!SSL_in_init(peer.ssl));
  EXPECT_EQ(session->state, COAP_SESSION_STATE_ESTABLISHED);
  EXPECT_NO_EVENT();
  responses = 0;
  EXPECT(ask(session, "r") != COAP_INVALID_MID);
  EXPECT(dtls_hear(&peer));
  respond(&peer, peer.plain[2] << 8 | peer.plain[3], "r");
  dtls_post(&peer);
  server_run(&world.server, 20, NULL);
  EXPECT_EQ(responses, 1);
  coap_session_release(session);
  forget_events();
  dtls_close(&peer);
}

/* S26, 7.5: no datagram of the handshake is longer than the MTU, which is told to a handshake under way. */
static void
mtu(void) {
  struct dtls_peer peer;
  coap_session_t *session = client(dtls_open_server(&peer, &world, KEY));
  size_t longest = 0;
  int i;

  EXPECT(dtls_take(&peer));
  EXPECT(peer.in.length > 100);
  peer.in.length = 0;
  coap_session_set_mtu(session, 100); /* taken for 208 */
  EXPECT_EQ(session->tls_overhead, 29);
  coap_session_set_mtu(session, 29);
  EXPECT_EQ(session->tls_overhead, 29);
  EXPECT_EQ(coap_session_max_pdu_size(session), 0);
  coap_session_set_mtu(session, 10);
  EXPECT_EQ(session->tls_overhead, 10);
  coap_session_set_mtu(session, 100);
  EXPECT_EQ(session->tls_overhead, 29);
  coap_session_disconnected(session, COAP_NACK_TLS_FAILED);
  EXPECT(ask(session, "m") != COAP_INVALID_MID);
  for (i = 0; dtls_take(&peer); i++)
    longest = peer.in.length > longest ? peer.in.length : longest;
  EXPECT(i >= 1);
  EXPECT(longest > 100 && longest <= 208);
  coap_session_release(session);
  forget_events();
  dtls_close(&peer);
}

/* Session §9: a ping is an empty message in a record. */
static void
keepalive(void) {
  struct dtls_peer peer;
  coap_session_t *session = client(dtls_open_server(&peer, &world, KEY));
  static struct datagram d;

  EXPECT(dtls_handshake(&peer));
  server_run(&world.server, 20, NULL);
  coap_context_set_keepalive(world.server.context, 1);
  EXPECT(dtls_await(&peer, PATIENCE));
  EXPECT(dtls_step(&peer));
  EXPECT_EQ(peer.plain_length, 4);
  EXPECT_EQ(peer.plain[0], 0x40);
  EXPECT_EQ(peer.plain[1], 0);
  request(&d, RST, EMPTY, (unsigned int)(peer.plain[2] << 8 | peer.plain[3]), "");
  dtls_say(&peer, d.bytes, d.length);
  dtls_post(&peer);
  server_run(&world.server, 20, NULL);
  EXPECT(session->last_pong > 0 && session->last_pong >= session->last_ping);
  coap_context_set_keepalive(world.server.context, 0);
  coap_session_release(session);
  forget_events();
  dtls_close(&peer);
}

static int
disconnect_when_connected(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  note_event(context, event, session);
  if (event == COAP_EVENT_DTLS_CONNECTED)
    coap_session_disconnected(session, COAP_NACK_TLS_FAILED);
  return 0;
}

/* T12, T14: whoever ends the connection, it ends once: the handler of DTLS_CONNECTED (0), a message that waits and is
 * longer than a record (1), the handler of a request that comes together with another (2). */
static void
ends_once(int how) {
  static const uint8_t body[17000];
  static struct datagram d;
  struct dtls_peer peer;
  coap_session_t *session = client(dtls_open_server(&peer, &world, KEY));
  coap_pdu_t *pdu;
  int i;

  EXPECT(ask(session, "a") != COAP_INVALID_MID);
  if (how == 0)
    coap_register_event_handler(world.server.context, disconnect_when_connected);
  if (how == 1) {
    EXPECT_EQ(session->con_active, 0);
    coap_session_disconnected(session, COAP_NACK_TLS_FAILED);
    forget_events();
    dtls_renew(&peer, 1);
    while (dtls_take(&peer))
      ;
    peer.in.length = 0;
    pdu = coap_pdu_init(NON, GET, coap_new_message_id(session), 0);
    coap_add_data(pdu, sizeof(body), body);
    EXPECT(coap_send(session, pdu) != COAP_INVALID_MID);
    EXPECT(ask(session, "b") != COAP_INVALID_MID);
  }
  EXPECT(dtls_handshake(&peer));
  server_run(&world.server, 20, NULL);
  if (how == 2) {
    EXPECT_EQ(session->state, COAP_SESSION_STATE_ESTABLISHED);
    for (i = 0; i < 3; i++) {
      request(&d, NON, GET, (unsigned int)(500 + i), "q");
      path(&d, "end");
      dtls_say(&peer, d.bytes, d.length);
    }
    dtls_post_together(&peer);
    server_run(&world.server, 20, NULL);
    EXPECT_EQ(world.requests, 1);
  }
  coap_register_event_handler(world.server.context, note_event);
  EXPECT_EQ(event_count, how == 1 ? 3 : 2);
  EXPECT_EQ(events[0], COAP_EVENT_DTLS_CONNECTED);
  if (how == 1)
    EXPECT_EQ(events[1], COAP_EVENT_DTLS_ERROR);
  EXPECT(CLOSED_EVENT(event_count - 1));
  EXPECT_EQ(nack_count, 1);
  EXPECT_EQ(nacks[0], COAP_NACK_TLS_FAILED);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_NONE);
  EXPECT_EQ(session->ref, 1);
  forget_events();
  coap_session_release(session);
  EXPECT_NO_EVENT();
  dtls_close(&peer);
}

static void
end_session(coap_context_t *context, coap_resource_t *resource, coap_session_t *session, coap_pdu_t *req,
            coap_binary_t *token, coap_string_t *query, coap_pdu_t *response) {
  (void)context, (void)resource, (void)req, (void)token, (void)query, (void)response;
  world.requests++;
  coap_session_disconnected(session, COAP_NACK_TLS_FAILED);
}

/* S2: a handshake that cannot begin leaves nothing. */
static void
cannot_begin(void) {
  coap_address_t to;

  EXPECT(world.server.context->sessions == NULL);
  loopback_address(&to, 9);
  EXPECT(!coap_new_client_session_psk(world.server.context, NULL, &to, COAP_PROTO_DTLS, NULL, (const uint8_t *)"k", 1));
  EXPECT(!coap_new_client_session_psk(world.server.context, NULL, &to, COAP_PROTO_DTLS, "me", NULL, 0));
  EXPECT(world.server.context->sessions == NULL);
  EXPECT_NO_EVENT();
}

int
main(void) {
  coap_set_log_level(LOG_EMERG);
  world_start(&world);
  coap_register_response_handler(world.server.context, note_response);
  early_data(0);
  early_data(1);
  early_data(2);
  early_data(3);
  refused();
  released();
  unreachable();
  unreachable_for_good();
  renegotiation();
  mtu();
  keepalive();
  server_resource(&world.server, "end", COAP_REQUEST_GET, end_session);
  ends_once(0);
  ends_once(1);
  ends_once(2);
  cannot_begin();
  EXPECT_ALIVE(&world.server);
  world_stop(&world);
  return expect_done();
}
