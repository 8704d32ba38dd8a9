/* A client that wants to renegotiate, with another key, is refused, and what it said is of no use to whoever repeats it
 * (security.md 6.2): its session stays as it was, and others are served. */
/* only: openssl */
/* flags: -lssl -lcrypto */
#include "dtls_peer.h"

int
main(void) {
  struct dtls_world world;
  struct dtls_peer peer, honest;
  struct dtls_datagram hello = {0, {0}};
  coap_session_t *session;
  void *connection;
  int i;

  coap_set_log_level(LOG_EMERG);
  world_start(&world);
  dtls_open(&peer, &world, KEY);
  EXPECT(dtls_handshake(&peer));
  session = dtls_session(&peer);
  connection = session->tls;
  EXPECT_EVENTS(COAP_EVENT_DTLS_CONNECTED);
  peer_key = "another key";
  EXPECT_EQ(SSL_renegotiate(peer.ssl), 1);
  EXPECT(SSL_do_handshake(peer.ssl) != 1);
  EXPECT_EQ(peer.out_count, 1);
  hello = peer.out[0];
  dtls_post(&peer);
  /* An alert, which ends the client's side. */
  EXPECT(dtls_await(&peer, PATIENCE));
  EXPECT(peer.in.bytes[0] == 21 && peer.in.bytes[4] == 1);
  EXPECT(SSL_do_handshake(peer.ssl) != 1);
  EXPECT_EVENTS(COAP_EVENT_DTLS_RENEGOTIATE);
  /* The same record again is none of its own. */
  for (i = 0; i < 100; i++) {
    dtls_send_bytes(&peer, hello.bytes, hello.length);
    server_turn(&world.server);
  }
  EXPECT_NO_EVENT();
  EXPECT(dtls_session(&peer) == session && session->tls == connection);
  EXPECT_EQ(session->state, COAP_SESSION_STATE_ESTABLISHED);
  EXPECT(!SSL_in_init((SSL *)session->tls));
  dtls_open(&honest, &world, KEY);
  EXPECT(dtls_handshake(&honest));
  dtls_ask(&honest, CON, 1);
  dtls_post(&honest);
  EXPECT(dtls_answered(&honest, 1));
  dtls_close(&honest);
  dtls_close(&peer);
  world_stop(&world);
  return expect_done();
}
