/* Server sessions whose connection has ended, while the application refers to them (docs/spec/session.md, sections 4.3,
 * 6.1 and 7; row S18); and credentials on streams (security.md 12). */
#include "stream_peer.h"

#include <fcntl.h>

static struct server server;

/* Descriptors of the program below 256. */
static int
descriptors(void) {
  int fd, count = 0;

  for (fd = 0; fd < 256; fd++)
    count += fcntl(fd, F_GETFD) >= 0;
  return count;
}

/* S18: the library connects to nobody on its own: what is sent on such a session fails, and goes. */
static void
dead_connection(void) {
  struct stream peer;
  coap_session_t *session;
  int before, type;

  record(server.context);
  stream_open(&peer, &server);
  stream_hex(&peer, CSM);
  EXPECT_BYTES(&peer, CSM);
  EXPECT(told(&server, "SESSION_CONNECTED"));
  session = coap_session_reference(recorded_session);
  stream_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("TCP_CONNECTED SESSION_CONNECTED TCP_CLOSED SESSION_CLOSED ");
  EXPECT(session->state == IN_NONE && session->sock.flags == 0 && session->sock.fd == -1);
  before = descriptors();
  for (type = CON; type <= NON; type++) {
    EXPECT_EQ(coap_send(session, coap_pdu_init((uint8_t)type, GET, 0, 100)), COAP_INVALID_MID);
    EXPECT(session->state == IN_NONE && session->delayqueue == NULL && session->sock.fd == -1);
  }
  EXPECT_EQ(coap_session_send_ping(session), COAP_INVALID_MID);
  EXPECT_EQ((long)coap_session_write(session, (const uint8_t *)"x", 1), -1);
  server_turn(&server);
  EXPECT_EQ(descriptors(), before);
  EXPECT_EQ(coap_can_exit(server.context), 1);
  EXPECT_RECORD("");
  /* The reference keeps it from the sweep; then it goes with the next pass. */
  EXPECT(coap_session_get_by_peer(server.context, &session->addr_info.remote, 0) == session);
  {
    coap_address_t remote = session->addr_info.remote;

    coap_session_release(session);
    server_turn(&server);
    EXPECT(coap_session_get_by_peer(server.context, &remote, 0) == NULL);
  }
  EXPECT_RECORD("");
}

/* A datagram session in state NONE (which only the application can have brought about) sends nothing either. */
static void
datagrams(void) {
  uint16_t port;
  int silent = silent_socket(&port);
  coap_session_t *session = client_session(&server, port, COAP_PROTO_UDP);
  struct reply r;

  session->state = IN_NONE;
  EXPECT_EQ(coap_send(session, coap_pdu_init(CON, GET, 1, 100)), COAP_INVALID_MID);
  EXPECT_EQ(coap_send(session, coap_pdu_init(NON, GET, 2, 100)), COAP_INVALID_MID);
  EXPECT(!take(silent, &r));
  coap_session_release(session);
  close(silent);
}

/* Over TCP, too, credentials are taken and of no use. */
static void
credentials(void) {
  coap_address_t to;
  coap_session_t *session;

  loopback_address(&to, stream_port);
  session = coap_new_client_session_psk(server.context, NULL, &to, COAP_PROTO_TCP, "name", (const uint8_t *)"key", 3);
  EXPECT(session && session->psk_key && session->psk_identity);
  EXPECT(told(&server, "SESSION_CONNECTED"));
  coap_session_release(session);
  /* A library with TLS looks at them all the same (session.md 2). */
  session = coap_new_client_session_pki(server.context, NULL, &to, COAP_PROTO_TCP, NULL);
  EXPECT_EQ(session == NULL, coap_tls_is_supported());
  coap_session_release(session);
  server_turn(&server);
}

int
main(void) {
  coap_set_log_level(LOG_EMERG);
  server_start(&server);
  stream_endpoint(&server);
  dead_connection();
  datagrams();
  credentials();
  server_stop(&server);
  return expect_done();
}
