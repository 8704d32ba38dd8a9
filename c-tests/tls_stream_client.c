/* Client sessions over TLS (docs/spec/security.md, sections 8 to 10, T5, T14; docs/spec/session.md, sections 6 and 7, S17). */
/* only: openssl */
/* flags: -lssl -lcrypto */
#include "tls_peer.h"

static struct server server;
static struct tls peer;
static coap_session_t *session;
static int listener, version;
static uint16_t port;

static coap_pdu_t *
get(const char *token) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, GET, coap_new_message_id(session), 64);

  coap_add_token(pdu, strlen(token), (const uint8_t *)token);
  return pdu;
}

/* A session that is connected, and has the peer's CSM. */
static void
open_session(void) {
  session = tls_client(&server, port);
  EXPECT(session != NULL);
  tls_accept(&peer, &server, listener, version);
  EXPECT(tls_handshake(&peer));
  tls_hex(&peer, CSM);
  EXPECT_STATE(&server, session, IN_ESTABLISHED);
  EXPECT_PLAIN(&peer, CSM);
  recorded[0] = 0;
}

/* A session that waits for the peer's CSM, and a message with it. */
static void
await_csm(void) {
  session = tls_client(&server, port);
  EXPECT(coap_send(session, get("1")) >= 0);
  tls_accept(&peer, &server, listener, version);
  EXPECT(tls_handshake(&peer));
  EXPECT_PLAIN(&peer, CSM);
  recorded[0] = 0;
}

static void
release(void) {
  coap_session_release(session);
  recorded[0] = 0;
}

/* Section 8: states and events on the way; messages wait for the peer's CSM, and keep their order (S16). */
static void
life(void) {
  recorded_states = 1;
  session = tls_client(&server, port);
  EXPECT(session != NULL);
  EXPECT_EQ(session->state, IN_CONNECTING);
  EXPECT_EQ(session->sock.flags, 0x95);
  EXPECT(session->tls == NULL);
  EXPECT_EQ(session->tls_overhead, 0);
  EXPECT(coap_send(session, get("1")) >= 0);
  tls_accept(&peer, &server, listener, version);
  EXPECT_STATE(&server, session, IN_HANDSHAKE);
  EXPECT_RECORD("TCP_CONNECTED/1 ");
  EXPECT(session->tls != NULL);
  EXPECT(SSL_get_app_data((SSL *)session->tls) == (void *)session);
  EXPECT(coap_send(session, get("2")) >= 0);
  EXPECT_EQ(coap_session_send_ping(session), COAP_INVALID_MID);
  EXPECT(tls_handshake(&peer));
  EXPECT_PLAIN(&peer, CSM);
  EXPECT_RECORD("DTLS_CONNECTED/2 ");
  EXPECT_EQ(session->state, IN_CSM);
  EXPECT(coap_send(session, get("3")) >= 0);
  tls_hex(&peer, "00 e1");
  EXPECT_PLAIN(&peer, "01 01 31 01 01 32 01 01 33");
  EXPECT_RECORD("SESSION_CONNECTED/3 ");
  EXPECT_EQ(session->state, IN_ESTABLISHED);
  EXPECT_EQ(session->mtu, 1152);
  EXPECT_EQ(session->tls_overhead, 0);
  tls_hex(&peer, "01 45 33 01 45 31");
  EXPECT(told(&server, "RESPONSE(2.05)/4 RESPONSE"));
  EXPECT_RECORD("RESPONSE(2.05)/4 RESPONSE(2.05)/4 ");
  EXPECT_EQ(coap_session_send_ping(session), 0);
  EXPECT_PLAIN(&peer, "00 e2");
  tls_hex(&peer, "00 e3");
  EXPECT(told(&server, "PONG"));
  EXPECT_RECORD("PONG/4 ");
  SSL_shutdown(peer.ssl);
  tls_send(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("DTLS_CLOSED/4 TCP_CLOSED/0closed SESSION_CLOSED/0closed ");
  EXPECT(session->tls == NULL);
  EXPECT_EQ(session->ref, 1);
  EXPECT_TLS_END(&peer, SSL_ERROR_ZERO_RETURN);
  tls_close(&peer);
  recorded_states = 0;
}

/* S17 and its note d: the next message opens a new connection, and a new handshake. */
static void
reconnect(void) {
  int i;

  for (i = 0; i < 2; i++) {
    EXPECT(coap_send(session, get("4")) >= 0);
    EXPECT_EQ(session->state, IN_CONNECTING);
    EXPECT_EQ(session->mtu, 1152);
    tls_accept(&peer, &server, listener, version);
    EXPECT(tls_handshake(&peer));
    EXPECT_PLAIN(&peer, CSM);
    tls_hex(&peer, CSM);
    EXPECT_PLAIN(&peer, "01 01 34");
    EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED SESSION_CONNECTED ");
    EXPECT_EQ(session->mtu, 8388864);
    stream_reset(&peer.stream);
    EXPECT(told(&server, "SESSION_CLOSED"));
    EXPECT_RECORD("DTLS_CLOSED TCP_CLOSED SESSION_CLOSED ");
    tls_close(&peer);
  }
  /* Local free: the peer is told, then the application; nothing of TCP. */
  EXPECT(coap_send(session, get("5")) >= 0);
  tls_accept(&peer, &server, listener, version);
  EXPECT(tls_handshake(&peer));
  EXPECT_PLAIN(&peer, CSM);
  recorded[0] = 0;
  coap_session_release(session);
  EXPECT_RECORD("DTLS_CLOSED NACK(1) ");
  EXPECT_TLS_END(&peer, SSL_ERROR_ZERO_RETURN);
  tls_close(&peer);
  /* During the handshake: nothing is sent. */
  session = tls_client(&server, port);
  EXPECT(coap_send(session, get("6")) >= 0);
  tls_accept(&peer, &server, listener, version);
  EXPECT_STATE(&server, session, IN_HANDSHAKE);
  recorded[0] = 0;
  coap_session_release(session);
  EXPECT_RECORD("DTLS_CLOSED NACK(1) ");
  EXPECT(!tls_handshake(&peer));
  tls_close(&peer);
}

/* T5: what shares a segment with the server's Finished is acted on, after DTLS_CONNECTED; the end that follows it, last. */
static void
data_with_finished(void) {
  static const uint8_t csm_and_ping[] = {0x50, 0xe1, 0x23, 0x80, 0x01, 0, 0x20, 0, 0xe2};
  uint8_t unused[8];
  size_t written;
  int result;

  session = tls_client(&server, port);
  EXPECT(coap_send(session, get("t")) >= 0);
  tls_accept(&peer, &server, listener, version);
  tls_hold(&peer);
  if (version == TLS1_2_VERSION) {
    /* Its Finished is the last of the handshake. */
    while ((result = SSL_do_handshake(peer.ssl)) != 1) {
      EXPECT_EQ(SSL_get_error(peer.ssl, result), SSL_ERROR_WANT_READ);
      tls_send(&peer);
      EXPECT(tls_take(&peer, 100));
    }
    tls_hold(&peer);
    EXPECT_EQ(SSL_write(peer.ssl, csm_and_ping, sizeof(csm_and_ping)), sizeof(csm_and_ping));
    EXPECT_EQ(BIO_ctrl_pending(peer.out) > 60, 1);
    tls_send(&peer);
  } else {
    /* It may send before it has heard the client's. */
    while (SSL_read_early_data(peer.ssl, unused, sizeof(unused), &written) != SSL_READ_EARLY_DATA_FINISH)
      EXPECT(tls_take(&peer, 100));
    EXPECT_EQ(SSL_write_early_data(peer.ssl, csm_and_ping, sizeof(csm_and_ping), &written), 1);
    tls_send(&peer);
    EXPECT(tls_handshake(&peer));
  }
  EXPECT_PLAIN(&peer, CSM "01 01 74 10 e3 20");
  EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED SESSION_CONNECTED PING ");
  /* An answer and the end in one segment. */
  tls_hold(&peer);
  tls_hex(&peer, "01 45 74");
  SSL_shutdown(peer.ssl);
  tls_send(&peer);
  stream_close(&peer.stream);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("RESPONSE(2.05) DTLS_CLOSED TCP_CLOSED SESSION_CLOSED ");
  tls_close(&peer);
  release();
}

/* Section 9: each way to end, with a message that waits or has been sent. */
static void
endings(void) {
  uint8_t byte;
  int ended;

  recorded_states = 1;
  /* In the handshake: an alert. */
  session = tls_client(&server, port);
  EXPECT(coap_send(session, get("1")) >= 0);
  tls_accept(&peer, &server, listener, version);
  peer.key = "another";
  EXPECT(!tls_handshake(&peer));
  EXPECT(told(&server, "SESSION_FAILED"));
  /* In version 1.3 it is the client that finds the error, in 1.2 the server. */
  EXPECT_RECORD("TCP_CONNECTED/1 DTLS_ERROR/2 DTLS_CLOSED/2 NACK(3)/0 TCP_CLOSED/0closed SESSION_FAILED/0closed ");
  tls_close(&peer);
  release();
  /* In state CSM: an alert. */
  await_csm();
  tls_alert(&peer);
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT_RECORD("DTLS_ERROR/3 DTLS_CLOSED/3 NACK(3)/0 TCP_CLOSED/0closed SESSION_FAILED/0closed ");
  tls_close(&peer);
  release();
  /* In state CSM: an alert, and a reset that a write of ours hears of first. */
  await_csm();
  tls_alert(&peer);
  stream_close(&peer.stream);
  coap_session_send_csm(session);
  coap_session_send_csm(session);
  coap_session_send_csm(session);
  EXPECT_RECORD("");
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT_RECORD("DTLS_ERROR/3 DTLS_CLOSED/3 NACK(3)/0 TCP_CLOSED/0closed SESSION_FAILED/0closed ");
  tls_close(&peer);
  release();
  /* In state CSM: close_notify, and an end without one. */
  await_csm();
  SSL_shutdown(peer.ssl);
  tls_send(&peer);
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT_RECORD("DTLS_CLOSED/3 NACK(3)/0 TCP_CLOSED/0closed SESSION_FAILED/0closed ");
  EXPECT_TLS_END(&peer, SSL_ERROR_ZERO_RETURN);
  tls_close(&peer);
  release();
  await_csm();
  tls_close(&peer);
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT_RECORD("DTLS_CLOSED/3 NACK(1)/0 TCP_CLOSED/0closed SESSION_FAILED/0closed ");
  release();
  /* An end in the middle of the handshake. */
  session = tls_client(&server, port);
  EXPECT(coap_send(session, get("1")) >= 0);
  tls_accept(&peer, &server, listener, version);
  EXPECT_STATE(&server, session, IN_HANDSHAKE);
  tls_close(&peer);
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT_RECORD("TCP_CONNECTED/1 DTLS_CLOSED/2 NACK(1)/0 TCP_CLOSED/0closed SESSION_FAILED/0closed ");
  release();
  /* A server that does not speak TLS. */
  session = tls_client(&server, port);
  EXPECT(coap_send(session, get("1")) >= 0);
  tls_accept(&peer, &server, listener, version);
  EXPECT_STATE(&server, session, IN_HANDSHAKE);
  stream_hex(&peer.stream, CSM CSM);
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT(strstr(recorded, "DTLS_CLOSED/2 NACK(3)/0 TCP_CLOSED/0closed SESSION_FAILED/0closed ") != NULL);
  recorded[0] = 0;
  tls_close(&peer);
  release();
  /* Nobody listens. */
  session = tls_client(&server, closed_port());
  EXPECT(coap_send(session, get("r")) >= 0);
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT_RECORD("TCP_FAILED/1closed NACK(1)/0closed SESSION_FAILED/0closed ");
  release();
  /* Established: alert. Ours is the other way to notice: the peer is told. */
  open_session();
  tls_alert(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("DTLS_ERROR/4 DTLS_CLOSED/4 TCP_CLOSED/0closed SESSION_CLOSED/0closed ");
  tls_close(&peer);
  release();
  open_session();
  stream_hex(&peer.stream, "1703030020 0000000000000000000000000000000000000000000000000000000000000000");
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("DTLS_ERROR/4 DTLS_CLOSED/4 TCP_CLOSED/0closed SESSION_CLOSED/0closed ");
  EXPECT_EQ(tls_read(&peer, &byte, 1, &ended), 0);
  EXPECT_EQ(ended, SSL_ERROR_SSL);
  tls_close(&peer);
  release();
  recorded_states = 0;
}

/* Section 9: the key cannot be set up after the connection has been made. */
static void
no_key(void) {
  coap_dtls_pki_t pki;
  coap_address_t to;

  memset(&pki, 0, sizeof(pki));
  pki.version = COAP_DTLS_PKI_SETUP_VERSION;
  pki.pki_key.key_type = COAP_PKI_KEY_PEM;
  pki.pki_key.key.pem.public_cert = pki.pki_key.key.pem.private_key = "/nowhere/at/all";
  loopback_address(&to, port);
  session = coap_new_client_session_pki(server.context, NULL, &to, COAP_PROTO_TLS, &pki);
  EXPECT(session != NULL);
  if (!session)
    return;
  recorded_states = 1;
  EXPECT(coap_send(session, get("1")) >= 0);
  tls_accept(&peer, &server, listener, version);
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT_RECORD("TCP_CONNECTED/1 DTLS_ERROR/2 NACK(3)/0 TCP_CLOSED/0closed SESSION_FAILED/0closed ");
  tls_close(&peer);
  release();
  recorded_states = 0;
}

/* X19: the server's side of a handshake one byte at a time, and cut anywhere. */
static void
cuts(void) {
  size_t cut;

  for (cut = 0; cut < 200; cut += 1 + chance() % 16) {
    session = tls_client(&server, port);
    EXPECT(coap_send(session, get("t")) >= 0);
    tls_accept(&peer, &server, listener, version);
    peer.first_cut = cut;
    peer.cut = cut ? 0 : 1;
    EXPECT(tls_handshake(&peer));
    tls_hex(&peer, CSM);
    EXPECT_PLAIN(&peer, CSM "01 01 74");
    tls_hex(&peer, "01 45 74");
    EXPECT(told(&server, "RESPONSE"));
    EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED SESSION_CONNECTED RESPONSE(2.05) ");
    tls_close(&peer);
    EXPECT(told(&server, "SESSION_CLOSED"));
    release();
  }
}

/* Renegotiation (section 6.2): a client follows, and messages wait for it. A server refuses. */
static void
renegotiation(void) {
  if (version != TLS1_2_VERSION)
    return;
  open_session();
  EXPECT_EQ(SSL_renegotiate(peer.ssl), 1);
  EXPECT_EQ(SSL_do_handshake(peer.ssl), 1);
  tls_send(&peer);
  EXPECT(told(&server, "DTLS_RENEGOTIATE"));
  EXPECT_EQ(session->state, IN_ESTABLISHED);
  EXPECT(coap_send(session, get("n")) >= 0);
  EXPECT_PLAIN(&peer, "01 01 6e");
  tls_hex(&peer, "01 45 6e");
  EXPECT(told(&server, "RESPONSE"));
  EXPECT_EQ(session->state, IN_ESTABLISHED);
  tls_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  release();
}

/* Callbacks that send, release, or end the connection; each event is told of once (T14). */
static int act;

static int
acts(coap_context_t *context, coap_event_t event, coap_session_t *s) {
  record_event(context, event, s);
  if (event == COAP_EVENT_DTLS_CONNECTED && act == 1)
    coap_session_disconnected(s, COAP_NACK_NOT_DELIVERABLE);
  if (event == COAP_EVENT_DTLS_CONNECTED && act == 2)
    EXPECT(coap_send(s, get("c")) >= 0);
  if (event == COAP_EVENT_DTLS_CLOSED && act == 3) {
    EXPECT_EQ(coap_send(s, get("d")), COAP_INVALID_MID);
    coap_session_disconnected(s, COAP_NACK_NOT_DELIVERABLE);
  }
  if (event == COAP_EVENT_DTLS_CONNECTED && act == 4)
    coap_io_process(context, COAP_IO_NO_WAIT);
  if (event == COAP_EVENT_DTLS_CONNECTED && act == 5)
    coap_session_release(s);
  return 0;
}

static void
callbacks(void) {
  coap_register_event_handler(server.context, acts);
  act = 1;
  session = tls_client(&server, port);
  tls_accept(&peer, &server, listener, version);
  tls_handshake(&peer);
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED DTLS_CLOSED TCP_CLOSED SESSION_FAILED ");
  tls_close(&peer);
  release();
  act = 2;
  session = tls_client(&server, port);
  tls_accept(&peer, &server, listener, version);
  EXPECT(tls_handshake(&peer));
  tls_hex(&peer, CSM);
  EXPECT_PLAIN(&peer, CSM "01 01 63");
  recorded[0] = 0;
  act = 3;
  tls_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("DTLS_CLOSED TCP_CLOSED SESSION_CLOSED ");
  act = 0;
  release();
  act = 4;
  session = tls_client(&server, port);
  EXPECT(coap_send(session, get("t")) >= 0);
  tls_accept(&peer, &server, listener, version);
  tls_hold(&peer);
  while (SSL_do_handshake(peer.ssl) != 1) {
    tls_send(&peer);
    EXPECT(tls_take(&peer, 100));
  }
  tls_hold(&peer);
  tls_hex(&peer, CSM);
  tls_hex(&peer, "00 e2");
  tls_send(&peer);
  EXPECT_PLAIN(&peer, CSM "01 01 74 10 e3 20");
  EXPECT_RECORD("TCP_CONNECTED DTLS_CONNECTED SESSION_CONNECTED PING ");
  tls_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  release();
  act = 5;
  session = tls_client(&server, port);
  EXPECT(coap_send(session, get("t")) >= 0);
  tls_accept(&peer, &server, listener, version);
  tls_handshake(&peer);
  EXPECT(told(&server, "NACK"));
  server_turn(&server);
  EXPECT(server.context->sessions == NULL);
  tls_close(&peer);
  recorded[0] = 0;
  coap_register_event_handler(server.context, record_event);
}

int
main(void) {
  int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION}, i;

  server_start(&server);
  coap_set_log_level(LOG_EMERG);
  listener = stream_listen(&port);
  record(server.context);
  for (i = 0; i < 2; i++) {
    version = versions[i];
    life();
    reconnect();
    data_with_finished();
    endings();
    no_key();
    cuts();
    renegotiation();
    callbacks();
  }
  close(listener);
  server_stop(&server);
  return expect_done();
}
