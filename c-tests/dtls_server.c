/* Our server over DTLS and a client of OpenSSL's, whose datagrams are lost, repeated, cut and put together: cookies,
 * completion, records, the end (docs/spec/security.md, sections 7, 9, 10). */
/* only: openssl */
/* flags: -lssl -lcrypto */
#include "dtls_peer.h"

static struct dtls_world world;

/* 7.3: a ClientHello without cookie gets a HelloVerifyRequest and nothing else; nothing is kept (X25). */
static void
cookies(void) {
  struct dtls_peer peer;
  struct dtls_datagram hello, verify;
  int i;

  dtls_open(&peer, &world, KEY);
  EXPECT(!dtls_step(&peer));
  EXPECT_EQ(peer.out_count, 1);
  hello = peer.out[0];
  hello.bytes[10] = 7; /* the record's number */
  dtls_send_bytes(&peer, hello.bytes, hello.length);
  EXPECT(dtls_await(&peer, PATIENCE));
  verify = peer.in;
  EXPECT_EQ(verify.length, 60);
  EXPECT(!memcmp(verify.bytes, "\x16\xfe\xff\0\0\0\0\0\0\0\x07", 11));
  EXPECT_EQ(verify.bytes[13], 3);                            /* HelloVerifyRequest */
  EXPECT(verify.bytes[25] == 0xfe && verify.bytes[26] == 0xff);
  EXPECT_EQ(verify.bytes[27], 32);
  EXPECT(!dtls_session(&peer));
  /* The same cookie for the same address, however often it is asked for. */
  dtls_send_bytes(&peer, hello.bytes, hello.length);
  EXPECT(dtls_await(&peer, PATIENCE));
  EXPECT(!memcmp(peer.in.bytes, verify.bytes, 60));
  /* Cut short, or a fragment: silence. */
  dtls_send_bytes(&peer, hello.bytes, hello.length / 2);
  dtls_send_bytes(&peer, hello.bytes, 13);
  dtls_send_bytes(&peer, hello.bytes, 14);
  hello.bytes[24]--; /* the fragment's length */
  dtls_send_bytes(&peer, hello.bytes, hello.length);
  hello.bytes[24]++;
  hello.bytes[0] = 23;
  dtls_send_bytes(&peer, hello.bytes, hello.length);
  EXPECT(!dtls_await(&peer, 100));
  EXPECT(!dtls_session(&peer));
  EXPECT_NO_EVENT();

  /* A wrong cookie gets the right one: every byte of it counts (T9, which is also that the time it takes tells nothing). */
  peer.out_count = 0;
  peer.in = verify;
  EXPECT(!dtls_step(&peer));
  EXPECT(peer.out_count >= 1); /* on a slow machine it says the first one again before */
  hello = peer.out[peer.out_count - 1];
  for (i = 0; i < 32; i++) {
    hello.bytes[13 + 12 + 2 + 32 + 1 + 1 + i] ^= 1; /* after headers, version, random and session id */
    dtls_send_bytes(&peer, hello.bytes, hello.length);
    EXPECT(dtls_await(&peer, PATIENCE));
    EXPECT_EQ(peer.in.length, 60);
    EXPECT(!memcmp(peer.in.bytes + 28, verify.bytes + 28, 32));
    EXPECT(!dtls_session(&peer));
    hello.bytes[13 + 12 + 2 + 32 + 1 + 1 + i] ^= 1;
  }
  /* The right one begins a handshake. */
  dtls_post(&peer);
  EXPECT(dtls_await(&peer, PATIENCE));
  EXPECT(dtls_session(&peer) && dtls_session(&peer)->state == COAP_SESSION_STATE_HANDSHAKE);
  EXPECT(dtls_session(&peer)->type == COAP_SESSION_TYPE_SERVER);
  EXPECT_EQ(dtls_session(&peer)->tls_overhead, 29);
  EXPECT(dtls_handshake(&peer));
  EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
  EXPECT_EQ(states[0], COAP_SESSION_STATE_HANDSHAKE);
  EXPECT_EQ(dtls_session(&peer)->state, COAP_SESSION_STATE_ESTABLISHED);
  EXPECT(SSL_get_app_data((SSL *)dtls_session(&peer)->tls) == dtls_session(&peer));
  dtls_ask(&peer, CON, 1);
  dtls_post(&peer);
  EXPECT(dtls_answered(&peer, 1));
  dtls_close(&peer);
}

/* Up to and including the client's last flight, which is not sent. */
static int
all_but_finished(struct dtls_peer *peer) {
  EXPECT(!dtls_step(peer));
  dtls_post(peer);
  EXPECT(dtls_await(peer, PATIENCE));
  EXPECT(!dtls_step(peer));
  dtls_post(peer);
  do {
    if (!dtls_await(peer, PATIENCE))
      return 0;
    dtls_step(peer);
  } while (!peer->out_count);
  return 1;
}

/* The server's last flight is lost: the client says its own again, and the server, too (7.4). */
static void
lost_finished(void) {
  struct dtls_peer peer;
  struct timeval left;

  dtls_open(&peer, &world, KEY);
  EXPECT(all_but_finished(&peer));
  dtls_post(&peer);
  EXPECT(dtls_await(&peer, PATIENCE));
  while (dtls_take(&peer))
    ;
  peer.in.length = 0;
  EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
  EXPECT(SSL_in_init(peer.ssl));
  while (DTLSv1_get_timeout(peer.ssl, &left) == 1 && (left.tv_sec || left.tv_usec))
    usleep(50000);
  EXPECT_EQ(DTLSv1_handle_timeout(peer.ssl), 1);
  EXPECT(peer.out_count > 0);
  EXPECT(dtls_handshake(&peer));
  EXPECT_NO_EVENT();
  dtls_ask(&peer, CON, 2);
  dtls_post(&peer);
  EXPECT(dtls_answered(&peer, 2));
  dtls_close(&peer);
}

/* All records of a datagram are handled at once (T7), and a record that is repeated, cut or changed is ignored. (Data that
 * comes before the end of the handshake, T5: dtls_client.c, since it is the server that is done first.) */
static void
records(void) {
  struct dtls_peer peer;
  struct dtls_datagram again;

  dtls_open(&peer, &world, KEY);
  EXPECT(dtls_handshake(&peer));
  EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
  dtls_ask(&peer, CON, 10);
  dtls_ask(&peer, CON, 11);
  dtls_ask(&peer, CON, 12);
  EXPECT_EQ(peer.out_count, 3);
  dtls_post_together(&peer);
  EXPECT(dtls_answered(&peer, 10));
  EXPECT(dtls_answered(&peer, 11));
  EXPECT(dtls_answered(&peer, 12));
  dtls_ask(&peer, CON, 13);
  again = peer.out[0];
  dtls_post(&peer);
  EXPECT(dtls_answered(&peer, 13));
  dtls_send_bytes(&peer, again.bytes, again.length);        /* a replay */
  dtls_ask(&peer, CON, 14);
  again = peer.out[0];
  dtls_send_bytes(&peer, again.bytes, again.length - 1);
  dtls_send_bytes(&peer, again.bytes, 13);
  dtls_send_bytes(&peer, again.bytes, 5);
  again.bytes[again.length - 1] ^= 1;
  dtls_send_bytes(&peer, again.bytes, again.length);
  EXPECT(!dtls_await(&peer, 100));
  dtls_post(&peer);
  EXPECT(dtls_answered(&peer, 14));
  EXPECT_NO_EVENT();
  /* A ClientHello on an established session is ignored (7.1). */
  dtls_renew(&peer, 0);
  EXPECT(!dtls_step(&peer));
  dtls_post(&peer);
  EXPECT(!dtls_await(&peer, 100));
  EXPECT_NO_EVENT();
  dtls_close(&peer);
}

/* Sections 9 and 10, S19: a close_notify is answered; a referenced session stays, and its peer may begin anew. */
static void
closing(void) {
  struct dtls_peer peer;
  coap_session_t *session;

  dtls_open(&peer, &world, KEY);
  EXPECT(dtls_handshake(&peer));
  session = coap_session_reference(dtls_session(&peer));
  EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
  SSL_shutdown(peer.ssl);
  dtls_post(&peer);
  EXPECT(dtls_await(&peer, PATIENCE));
  EXPECT(!dtls_step(&peer));
  EXPECT_EQ(SSL_get_shutdown(peer.ssl), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  EXPECT_EQ(event_count, 1);
  EXPECT(CLOSED_EVENT(0));
  EXPECT_EQ(states[0], COAP_SESSION_STATE_ESTABLISHED);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_NONE);
  EXPECT_EQ(session->dtls_event, COAP_EVENT_DTLS_CLOSED);
  EXPECT(!session->tls);
  forget_events();
  dtls_renew(&peer, 0);
  EXPECT(dtls_handshake(&peer));
  EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
  dtls_ask(&peer, CON, 20);
  dtls_post(&peer);
  EXPECT(dtls_answered(&peer, 20));
  EXPECT_EQ(session->state, COAP_SESSION_STATE_NONE);
  coap_session_release(session);
  server_turn(&world.server);
  EXPECT_NO_EVENT();
  dtls_ask(&peer, CON, 21);
  dtls_post(&peer);
  EXPECT(dtls_answered(&peer, 21));
  /* Our own end: one close_notify. */
  coap_session_disconnected(dtls_session(&peer), COAP_NACK_TLS_FAILED);
  EXPECT_EQ(event_count, 1);
  EXPECT(CLOSED_EVENT(0));
  EXPECT(dtls_await(&peer, PATIENCE));
  EXPECT(!dtls_step(&peer));
  EXPECT(SSL_get_shutdown(peer.ssl) & SSL_RECEIVED_SHUTDOWN);
  EXPECT(!dtls_take(&peer));
  forget_events();
  dtls_close(&peer);
}

/* Whether a message that fills a record, or one that is too long for any, can be sent. */
static int
can_send(coap_session_t *session, int too_long) {
  static uint8_t body[17000];
  coap_pdu_t *pdu = coap_pdu_init(NON, GET, 1, 0);

  coap_add_data(pdu, too_long ? 16384 : 16000, body);
  return coap_send(session, pdu) != COAP_INVALID_MID;
}

/* 7.5, section 9: more than a record holds ends the session with an error, whatever came before it. */
static void
too_long(void) {
  struct dtls_peer peer;
  coap_session_t *session;
  int after_another;

  for (after_another = 0; after_another < 2; after_another++) {
    dtls_open(&peer, &world, KEY);
    EXPECT(dtls_handshake(&peer));
    dtls_ask(&peer, CON, 1);
    dtls_post(&peer);
    EXPECT(dtls_answered(&peer, 1));
    session = coap_session_reference(dtls_session(&peer));
    /* What was done last is reading: nothing has come. */
    dtls_send_bytes(&peer, "x", 1);
    server_turn(&world.server);
    forget_events();
    if (after_another)
      EXPECT(can_send(session, 0));
    EXPECT_NO_EVENT();
    EXPECT(!can_send(session, 1));
    EXPECT_EQ(event_count, 2);
    EXPECT_EQ(events[0], COAP_EVENT_DTLS_ERROR);
    EXPECT(CLOSED_EVENT(1));
    EXPECT_EQ(session->state, COAP_SESSION_STATE_NONE);
    coap_session_release(session);
    server_turn(&world.server);
    forget_events();
    dtls_close(&peer);
  }
}

/* S18: nothing is sent on a server session that has lost its connection. S26: what DTLS adds follows the MTU. */
static void
mtu(void) {
  struct dtls_peer peer;
  coap_session_t *session;

  coap_endpoint_set_default_mtu(world.endpoint, 20);
  dtls_open(&peer, &world, KEY);
  EXPECT(dtls_handshake(&peer));
  session = dtls_session(&peer);
  EXPECT_EQ(session->mtu, 20);
  EXPECT_EQ(session->tls_overhead, 20);
  EXPECT_EQ(coap_session_max_pdu_size(session), 0);
  coap_session_set_mtu(session, 1000);
  EXPECT_EQ(session->tls_overhead, 29);
  EXPECT_EQ(coap_session_max_pdu_size(session), 1000 - 29 - 4);
  coap_endpoint_set_default_mtu(world.endpoint, COAP_DEFAULT_MTU);
  dtls_ask(&peer, CON, 30);
  dtls_post(&peer);
  EXPECT(dtls_answered(&peer, 30));
  coap_session_reference(session);
  coap_session_disconnected(session, COAP_NACK_TLS_FAILED);
  EXPECT_EQ(coap_send(session, coap_pdu_init(NON, GET, 1, 64)), COAP_INVALID_MID);
  coap_session_release(session);
  forget_events();
  dtls_close(&peer);
}

int
main(void) {
  coap_set_log_level(LOG_CRIT);
  world_start(&world);
  cookies();
  lost_finished();
  records();
  closing();
  too_long();
  mtu();
  EXPECT_ALIVE(&world.server);
  world_stop(&world);
  return expect_done();
}
