/* Client sessions over TCP (docs/spec/session.md, sections 1.1, 2, 6 and 7; docs/spec/io.md, sections 3 and 5). */
#include "stream_peer.h"

static struct server server;
static struct stream peer;
static coap_session_t *session;
static int listener;
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
  session = client_session(&server, port, COAP_PROTO_TCP);
  EXPECT(session != NULL);
  stream_accept(&peer, &server, listener);
  stream_hex(&peer, CSM);
  EXPECT_STATE(&server, session, IN_ESTABLISHED);
  EXPECT_BYTES(&peer, CSM);
  recorded[0] = 0;
}

/* What the fields say on the way; messages wait for the peer's CSM, and keep their order (S15, S16). */
static void
life(void) {
  coap_pdu_t *pdu;
  coap_mid_t mid;

  recorded_states = 1;
  session = client_session(&server, port, COAP_PROTO_TCP);
  EXPECT(session != NULL);
  EXPECT_EQ(session->state, IN_CONNECTING);
  EXPECT_EQ(session->sock.flags, 0x95);
  EXPECT(session->sock.session == session);
  EXPECT_EQ(session->ref, 1);
  EXPECT_EQ(session->mtu, 1152);
  EXPECT_EQ(coap_session_max_pdu_size(session), 1148);
  EXPECT_EQ(coap_session_send_ping(session), COAP_INVALID_MID);
  EXPECT_EQ(ntohs(session->addr_info.remote.addr.sin.sin_port), port);
  EXPECT_EQ(session->addr_info.local.addr.sa.sa_family, AF_INET);
  EXPECT_EQ(session->addr_info.local.addr.sin.sin_port, 0);
  /* S15: messages with equal ids may wait on a stream. */
  pdu = get("1");
  mid = pdu->mid;
  EXPECT_EQ(coap_send(session, pdu), mid);
  pdu = get("2");
  pdu->mid = (uint16_t)mid;
  EXPECT_EQ(coap_send(session, pdu), mid);
  pdu = get("3");
  pdu->type = COAP_MESSAGE_NON;
  EXPECT(coap_send(session, pdu) >= 0);
  EXPECT_EQ(coap_can_exit(server.context), 0);
  EXPECT_RECORD("");
  stream_accept(&peer, &server, listener);
  EXPECT_BYTES(&peer, CSM);
  EXPECT_RECORD("TCP_CONNECTED/1 ");
  EXPECT_EQ(session->state, IN_CSM);
  EXPECT_EQ(session->sock.flags, 0x15);
  EXPECT(session->addr_info.local.addr.sin.sin_port != 0);
  /* S16: nothing but the CSM leaves before the peer's CSM has come. */
  EXPECT_NOTHING(&peer);
  stream_hex(&peer, "00 e1");
  EXPECT_BYTES(&peer, "01 01 31 01 01 32 01 01 33");
  EXPECT_RECORD("SESSION_CONNECTED/3 ");
  EXPECT_EQ(session->state, IN_ESTABLISHED);
  EXPECT_EQ(session->mtu, 1152);
  EXPECT_EQ(session->csm_block_supported, 0);
  EXPECT_EQ(session->con_active, 0);
  EXPECT(coap_can_exit(server.context));
  stream_hex(&peer, "01 45 33 01 45 31");
  EXPECT(told(&server, "RESPONSE(2.05)/4 RESPONSE"));
  EXPECT_RECORD("RESPONSE(2.05)/4 RESPONSE(2.05)/4 ");
  EXPECT_EQ(coap_session_send_ping(session), 0);
  EXPECT_BYTES(&peer, "00 e2");
  stream_hex(&peer, "00 e3");
  EXPECT(told(&server, "PONG"));
  EXPECT(session->last_pong > 0);
  EXPECT_RECORD("PONG/4 ");
  /* The peer closes: events as in session §7, and the session stays. */
  stream_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("TCP_CLOSED/0closed SESSION_CLOSED/0closed ");
  EXPECT_EQ(session->sock.fd, -1);
  EXPECT_EQ(session->ref, 1);
  recorded_states = 0;
}

/* S17 and its note d: the next message opens a new connection. */
static void
reconnect(void) {
  session->last_ping = 7;
  EXPECT(coap_send(session, get("4")) >= 0);
  EXPECT_EQ(session->state, IN_CONNECTING);
  EXPECT_EQ(session->last_ping, 0);
  stream_accept(&peer, &server, listener);
  EXPECT_BYTES(&peer, CSM);
  stream_hex(&peer, CSM);
  EXPECT_BYTES(&peer, "01 01 34");
  EXPECT_RECORD("TCP_CONNECTED SESSION_CONNECTED ");
  EXPECT_EQ(session->csm_block_supported, 1);
  EXPECT_EQ(session->mtu, 8388864);
  stream_reset(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  recorded[0] = 0;
  EXPECT(coap_send(session, get("5")) >= 0);
  EXPECT_EQ(session->csm_block_supported, 0);
  EXPECT_EQ(session->mtu, 1152);
  stream_accept(&peer, &server, listener);
  /* Session §8: a client session is released: NACKs, nothing else. */
  coap_session_release(session);
  EXPECT_RECORD("NACK(1) ");
  EXPECT_EQ(server.context->sessions == NULL, 1);
  stream_close(&peer);
}

/* Session §7: a connection that is refused. Then the message is sent again from a callback. */
static int again;

static void
nack_sends_again(coap_context_t *context, coap_session_t *s, coap_pdu_t *sent, coap_nack_reason_t reason,
                 const coap_mid_t mid) {
  record_nack(context, s, sent, reason, mid);
  if (again-- > 0)
    EXPECT(coap_send(s, get("a")) >= 0);
}

static void
refused(void) {
  recorded_states = 1;
  session = client_session(&server, closed_port(), COAP_PROTO_TCP);
  EXPECT(session != NULL);
  EXPECT(coap_send(session, get("r")) >= 0);
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT_RECORD("TCP_FAILED/1closed NACK(1)/0closed SESSION_FAILED/0closed ");
  recorded_states = 0;
  again = 2;
  coap_register_nack_handler(server.context, nack_sends_again);
  EXPECT(coap_send(session, get("r")) >= 0);
  while (again >= 0)
    coap_io_process(server.context, 50);
  EXPECT(told(&server, "SESSION_FAILED TCP_FAILED NACK(1) SESSION_FAILED TCP_FAILED NACK(1) SESSION_FAILED"));
  coap_register_nack_handler(server.context, record_nack);
  recorded[0] = 0;
  coap_session_release(session);
  EXPECT_RECORD("");
}

/* coap_session_disconnected() at each stage; a Release and an Abort of the server's (I4). */
static void
disconnected(void) {
  session = client_session(&server, port, COAP_PROTO_TCP);
  EXPECT(coap_send(session, get("c")) >= 0);
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  EXPECT_RECORD("NACK(1) TCP_FAILED SESSION_FAILED ");
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  EXPECT_RECORD("");
  coap_session_release(session);
  stream_accept(&peer, &server, listener);
  stream_close(&peer);

  session = client_session(&server, port, COAP_PROTO_TCP);
  stream_accept(&peer, &server, listener);
  EXPECT_BYTES(&peer, CSM);
  EXPECT(coap_send(session, get("c")) >= 0);
  coap_session_disconnected(session, COAP_NACK_RST);
  EXPECT_RECORD("TCP_CONNECTED NACK(2) TCP_CLOSED SESSION_FAILED ");
  EXPECT_END(&peer);
  coap_session_release(session);
  stream_close(&peer);

  open_session();
  EXPECT(coap_send(session, get("x")) >= 0);
  EXPECT_BYTES(&peer, "01 01 78");
  stream_hex(&peer, "00 e4 01 45 78");
  EXPECT(told(&server, "SESSION_CLOSED"));
  /* What has been written is not tracked: no NACK, and no response either. */
  EXPECT_RECORD("TCP_CLOSED SESSION_CLOSED ");
  stream_close(&peer);
  coap_session_release(session);

  open_session();
  stream_hex(&peer, "00 e5 00 e5");
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("TCP_CLOSED SESSION_CLOSED ");
  stream_close(&peer);
  coap_session_release(session);
}

/* Io §5.4, X12: half a message at the end; responses that nobody waits for. X20: the server's limit counts. */
static void
odd_servers(void) {
  coap_pdu_t *pdu;
  uint8_t bytes[2000];

  open_session();
  EXPECT(coap_send(session, get("h")) >= 0);
  EXPECT_BYTES(&peer, "01 01 68");
  stream_hex(&peer, "01 45 69 01 45 68 31 45");
  EXPECT(told(&server, "RESPONSE"));
  EXPECT_EQ(session->partial_read, 2);
  stream_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  EXPECT_RECORD("RESPONSE(2.05) TCP_CLOSED SESSION_CLOSED ");
  EXPECT_EQ(session->partial_read, 0);
  coap_session_release(session);

  session = client_session(&server, port, COAP_PROTO_TCP);
  memset(bytes, 0x61, sizeof(bytes));
  pdu = coap_pdu_init(COAP_MESSAGE_CON, POST, 1, 0);
  coap_add_data(pdu, 1200, bytes);
  EXPECT(coap_send(session, pdu) >= 0);
  EXPECT(coap_send(session, get("l")) >= 0);
  stream_accept(&peer, &server, listener);
  stream_hex(&peer, "00 e1");
  EXPECT_BYTES(&peer, CSM "01 01 6c");
  EXPECT_RECORD("TCP_CONNECTED SESSION_CONNECTED NACK(1) ");
  pdu = coap_pdu_init(COAP_MESSAGE_CON, POST, 1, 0);
  coap_add_data(pdu, 1152, bytes);
  EXPECT_EQ(coap_send(session, pdu), COAP_INVALID_MID);
  pdu = coap_pdu_init(COAP_MESSAGE_CON, POST, 1, 0);
  coap_add_data(pdu, 1147, bytes);
  EXPECT_EQ(coap_send(session, pdu), 1);
  EXPECT_EQ(stream_read(&peer, bytes, 1152, PATIENCE, &again), 1152);
  coap_session_release(session);
  stream_close(&peer);
}

/* Session §3, S7, S10: what cannot be. */
static void
impossible(void) {
  coap_address_t address;

  loopback_address(&address, port);
  EXPECT(coap_new_client_session(server.context, NULL, &address, COAP_PROTO_NONE) == NULL);
  EXPECT(coap_new_endpoint(server.context, &address, COAP_PROTO_NONE) == NULL);
  EXPECT(coap_new_client_session(server.context, &address, &address, COAP_PROTO_TCP) == NULL ||
         server.context->sessions != NULL);
  coap_session_release(server.context->sessions);
  address.addr.sa.sa_family = AF_UNIX;
  EXPECT(coap_new_client_session(server.context, NULL, &address, COAP_PROTO_TCP) == NULL);
  EXPECT(coap_new_endpoint(server.context, &address, COAP_PROTO_TCP) == NULL);
  loopback_address(&address, 0);
  EXPECT(coap_new_server_session(server.context, server.endpoint) == NULL);
  recorded[0] = 0;
}

int
main(void) {
  server_start(&server);
  record(server.context);
  listener = stream_listen(&port);
  coap_set_log_level(LOG_CRIT);
  life();
  reconnect();
  refused();
  disconnected();
  odd_servers();
  impossible();
  EXPECT_ALIVE(&server);
  close(listener);
  server_stop(&server);
  return expect_done();
}
