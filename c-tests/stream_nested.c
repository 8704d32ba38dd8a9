/* Loops and ends inside the handlers of a stream's events (docs/spec/io.md, section 6.8; docs/spec/hostile.md, X21, X42),
 * and what the public fields say meanwhile (docs/spec/session.md, section 6.3). */
#include "stream_peer.h"

#define PROBE "61 01 74 b5 70726f6265 "
#define ALIVE "61 45 74 ff 616c697665 "

static struct server server;
static struct stream peer;
static coap_session_t *session;
static int listener;
static uint16_t port;

/* Runs the loop, long enough for all that has come, at this event. */
static coap_event_t moment;

static int
run_the_loop(coap_context_t *context, coap_event_t event, coap_session_t *s) {
  int turns;

  record_event(context, event, s);
  for (turns = 0; event == moment && turns < 10; turns++)
    coap_io_process(context, COAP_IO_NO_WAIT);
  return 0;
}

/* X21: the peer's CSM and its first request are in the socket already. Neither is lost, nor taken for a breach. */
static void
loops(void) {
  coap_event_t moments[] = {COAP_EVENT_TCP_CONNECTED, COAP_EVENT_SESSION_CONNECTED};
  size_t i;

  coap_register_event_handler(server.context, run_the_loop);
  for (i = 0; i < 2; i++) {
    moment = moments[i];
    stream_open(&peer, &server);
    send(peer.fd, "\x00\xe1\x61\x01\x74\xb5probe", 11, MSG_NOSIGNAL);
    EXPECT_BYTES(&peer, CSM ALIVE);
    EXPECT_RECORD("TCP_CONNECTED SESSION_CONNECTED ");
    stream_close(&peer);
    EXPECT(told(&server, "SESSION_CLOSED"));
    recorded[0] = 0;

    session = client_session(&server, port, COAP_PROTO_TCP);
    while ((peer.fd = accept(listener, NULL, NULL)) < 0)
      continue;
    send(peer.fd, "\x00\xe1\x61\x01\x74\xb5probe", 11, MSG_NOSIGNAL);
    EXPECT_STATE(&server, session, IN_ESTABLISHED);
    EXPECT_BYTES(&peer, CSM ALIVE);
    EXPECT_RECORD("TCP_CONNECTED SESSION_CONNECTED ");
    EXPECT_EQ(session->sock.flags, 0x15);
    coap_session_release(session);
    stream_close(&peer);
  }
  coap_register_event_handler(server.context, record_event);
}

/* X21, session §7: our Abort, and what the application is told. */
static void
abort_of_ours(void) {
  coap_pdu_t *pdu;

  session = client_session(&server, port, COAP_PROTO_TCP);
  pdu = coap_pdu_init(COAP_MESSAGE_CON, GET, 1, 16);
  EXPECT_EQ(coap_send(session, pdu), 1);
  stream_accept(&peer, &server, listener);
  stream_hex(&peer, PROBE);
  EXPECT(told(&server, "SESSION_FAILED"));
  EXPECT_RECORD("TCP_CONNECTED NACK(1) TCP_CLOSED SESSION_FAILED ");
  EXPECT_BYTES(&peer, CSM "00 e5");
  EXPECT_END(&peer);
  coap_session_release(session);
  stream_close(&peer);
}

/* Session §6.3: `csm_tx` is the time of the first pass that finds the session waiting. */
static void
csm_tx(void) {
  coap_tick_t now;
  unsigned int sockets;

  stream_open(&peer, &server);
  session = coap_new_server_session(server.context, stream_listener);
  EXPECT(session != NULL);
  EXPECT_EQ(session->state, IN_CSM);
  EXPECT_EQ(session->csm_tx, 0);
  coap_ticks(&now);
  EXPECT_EQ(coap_io_prepare_io(server.context, NULL, 0, &sockets, now + 1000), 30000);
  EXPECT_EQ(session->csm_tx, now + 1000);
  coap_io_prepare_io(server.context, NULL, 0, &sockets, now + 30999);
  EXPECT_EQ(session->csm_tx, now + 1000);
  recorded[0] = 0;
  coap_io_prepare_io(server.context, NULL, 0, &sockets, now + 31000);
  EXPECT_RECORD("TCP_CLOSED SESSION_FAILED ");
  stream_close(&peer);
}

/* X42: a context that ends in each callback of its client sessions: the connection is refused, or is made, used, and then
 * closed by the peer. */
static coap_context_t *doomed;
static int calls, last;

static void
end_context(coap_context_t *context) {
  if (calls++ == last) {
    coap_free_context(context);
    doomed = NULL;
  }
}

static int
end_on_event(coap_context_t *context, coap_event_t event, coap_session_t *s) {
  (void)event, (void)s;
  end_context(context);
  return 0;
}

static void
end_on_nack(coap_context_t *context, coap_session_t *s, coap_pdu_t *sent, coap_nack_reason_t reason,
            const coap_mid_t mid) {
  (void)s, (void)sent, (void)reason, (void)mid;
  end_context(context);
}

static void
doom(int refused) {
  coap_address_t to;
  int turns, i;

  calls = 0;
  doomed = coap_new_context(NULL);
  coap_register_event_handler(doomed, end_on_event);
  coap_register_nack_handler(doomed, end_on_nack);
  loopback_address(&to, refused ? closed_port() : port);
  session = coap_new_client_session(doomed, NULL, &to, COAP_PROTO_TCP);
  for (i = 0; i < 3; i++)
    coap_send(session, coap_pdu_init(COAP_MESSAGE_CON, GET, (uint16_t)i, 16));
  peer.fd = -1;
  for (turns = 0; turns < 12 && doomed; turns++) {
    coap_io_process(doomed, 1);
    if (!refused && peer.fd < 0 && (peer.fd = accept(listener, NULL, NULL)) >= 0)
      send(peer.fd, last % 2 ? "\x00\xe1" : "\x00\x01", 2, MSG_NOSIGNAL);
    else if (turns == 8 && peer.fd >= 0)
      stream_close(&peer);
  }
  if (doomed)
    coap_free_context(doomed);
  if (peer.fd >= 0)
    stream_close(&peer);
  while ((turns = accept(listener, NULL, NULL)) >= 0)
    close(turns);
}

static void
contexts_end(void) {
  int most = 0;

  for (last = 0; last < 8; last++) {
    doom(1);
    most = calls > most ? calls : most;
    doom(0);
    most = calls > most ? calls : most;
  }
  EXPECT(most >= 6);
}

int
main(void) {
  server_start(&server);
  stream_endpoint(&server);
  record(server.context);
  listener = stream_listen(&port);
  coap_set_log_level(LOG_CRIT);
  peer.server = &server;
  loops();
  abort_of_ours();
  csm_tx();
  contexts_end();
  EXPECT_ALIVE(&server);
  close(listener);
  server_stop(&server);
  return expect_done();
}
