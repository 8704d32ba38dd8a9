/* What the clock does to sessions: keepalive, the wait for a CSM, peers that stall, idle sessions
 * (docs/spec/session.md, sections 4.3, 6.3 and 9; docs/spec/hostile.md, X22). Where it can be, time is made up: a pass
 * takes it as an argument. */
#include "stream_peer.h"

static struct server server;
static struct stream peer;
static coap_session_t *session;
static int listener;
static uint16_t port;

/* A pass at this many milliseconds from now; what it returns. */
static unsigned int
pass_in(coap_tick_t ms) {
  coap_tick_t now;
  unsigned int sockets;

  coap_ticks(&now);
  return coap_io_prepare_io(server.context, NULL, 0, &sockets, now + ms);
}

static coap_pdu_t *
get(const char *token) {
  coap_pdu_t *pdu = coap_pdu_init(COAP_MESSAGE_CON, GET, coap_new_message_id(session), 64);

  coap_add_token(pdu, strlen(token), (const uint8_t *)token);
  return pdu;
}

static void
open_session(void) {
  session = client_session(&server, port, COAP_PROTO_TCP);
  stream_accept(&peer, &server, listener);
  stream_hex(&peer, CSM);
  EXPECT_STATE(&server, session, IN_ESTABLISHED);
  EXPECT_BYTES(&peer, CSM);
  recorded[0] = 0;
}

static void
open_peer(void) {
  stream_open(&peer, &server);
  stream_hex(&peer, CSM);
  EXPECT_BYTES(&peer, CSM);
  EXPECT(told(&server, "SESSION_CONNECTED"));
  recorded[0] = 0;
}

/* Session §6.3: a client waits for the CSM as long as csm_timeout says, whatever it said when the wait began. */
static void
csm_of_a_server(void) {
  unsigned int next;

  session = client_session(&server, port, COAP_PROTO_TCP);
  EXPECT(coap_send(session, get("c")) >= 0);
  stream_accept(&peer, &server, listener);
  EXPECT_BYTES(&peer, CSM);
  next = pass_in(0);
  EXPECT(next > 25000 && next <= 30000);
  server.context->csm_timeout = 5;
  next = pass_in(0);
  EXPECT(next > 1000 && next <= 5000);
  server.context->csm_timeout = 0;
  EXPECT_EQ(pass_in(0), 0);
  pass_in(3600 * 1000);
  EXPECT_EQ(session->state, IN_CSM);
  server.context->csm_timeout = 30;
  pass_in(29000);
  EXPECT_EQ(session->state, IN_CSM);
  recorded[0] = 0;
  recorded_states = 1;
  pass_in(30001);
  EXPECT_RECORD("NACK(1)/0 TCP_CLOSED/0closed SESSION_FAILED/0closed ");
  recorded_states = 0;
  EXPECT_END(&peer);
  stream_close(&peer);
  coap_session_release(session);
  EXPECT_EQ(pass_in(0), 0);
}

/* The loop wakes for it by itself. */
static void
csm_in_real_time(void) {
  long long start = milliseconds();

  server.context->csm_timeout = 1;
  session = client_session(&server, port, COAP_PROTO_TCP);
  stream_accept(&peer, &server, listener);
  while (session->state != IN_NONE && milliseconds() - start < PATIENCE)
    coap_io_process(server.context, COAP_IO_WAIT);
  EXPECT(milliseconds() - start >= 950);
  EXPECT_RECORD("TCP_CONNECTED TCP_CLOSED SESSION_FAILED ");
  stream_close(&peer);
  coap_session_release(session);
  server.context->csm_timeout = 30;
}

/* S23, X22: a server waits as long, and 30 seconds at most. */
static void
csm_of_a_client(void) {
  stream_open(&peer, &server);
  EXPECT_BYTES(&peer, CSM);
  server.context->csm_timeout = 5;
  pass_in(4900 - 1000);
  EXPECT_RECORD("TCP_CONNECTED ");
  pass_in(5001);
  EXPECT_RECORD("TCP_CLOSED SESSION_FAILED ");
  EXPECT_END(&peer);
  stream_close(&peer);
  server.context->csm_timeout = 0;
  stream_open(&peer, &server);
  EXPECT_BYTES(&peer, CSM);
  pass_in(29000);
  EXPECT_RECORD("TCP_CONNECTED ");
  pass_in(30001);
  EXPECT_RECORD("TCP_CLOSED SESSION_FAILED ");
  EXPECT_END(&peer);
  stream_close(&peer);
  server.context->csm_timeout = 30;
}

/* X22: inside one message for 60 seconds. */
static void
half_a_message(void) {
  open_peer();
  stream_hex(&peer, "61 01 74");
  EXPECT_NOTHING(&peer);
  EXPECT_EQ(recorded_session->partial_read, 3);
  pass_in(58000);
  /* It is completed, and another one begins: its time counts anew. */
  stream_hex(&peer, "b5 70726f6265 61");
  EXPECT_BYTES(&peer, "61 45 74 ff 616c697665");
  pass_in(59000);
  EXPECT_RECORD("");
  /* Between messages a client may be silent for as long as sessions live. */
  stream_hex(&peer, "01 74 b5 70726f6265");
  EXPECT_BYTES(&peer, "61 45 74 ff 616c697665");
  pass_in(61000);
  EXPECT_RECORD("");
  stream_hex(&peer, "61 01 74");
  EXPECT_NOTHING(&peer);
  pass_in(60001);
  EXPECT_RECORD("TCP_CLOSED SESSION_CLOSED ");
  EXPECT_END(&peer);
  stream_close(&peer);
  /* A client session is the application's own affair. */
  open_session();
  stream_hex(&peer, "61 45 74");
  EXPECT_NOTHING(&peer);
  pass_in(120000);
  EXPECT_RECORD("");
  coap_session_release(session);
  stream_close(&peer);
}

/* Session §4.3: an idle session ends without a word. */
static void
idle(void) {
  open_peer();
  server.context->session_timeout = 100;
  pass_in(98000);
  EXPECT_NOTHING(&peer);
  pass_in(100001);
  EXPECT_END(&peer);
  EXPECT_RECORD("");
  stream_close(&peer);
  server.context->session_timeout = 0;
  pass_in(400 * 1000);
}

/* Session §9, on a stream: a Ping after a quiet time, and an end when it has not been answered. */
static void
keepalive(void) {
  long long start;

  coap_context_set_keepalive(server.context, 5);
  EXPECT_EQ(server.context->ping_timeout, 5);
  open_session();
  pass_in(3000);
  EXPECT_NOTHING(&peer);
  /* The field may be written at any time. */
  server.context->ping_timeout = 2;
  pass_in(2001);
  EXPECT_BYTES(&peer, "00 e2");
  EXPECT_EQ(session->last_ping_mid, 0);
  EXPECT(session->last_ping > 0 && session->last_pong == 0);
  pass_in(2500);
  EXPECT_RECORD("");
  /* S20: then it starts afresh. */
  pass_in(4003);
  EXPECT_RECORD("TCP_CLOSED SESSION_CLOSED ");
  EXPECT_EQ(session->last_ping, 0);
  EXPECT_END(&peer);
  stream_close(&peer);
  pass_in(10000);
  EXPECT_RECORD("");
  coap_session_release(session);

  /* In real time, the loop waking by itself (I24); the server answers. */
  server.context->ping_timeout = 1;
  open_session();
  for (start = milliseconds(); milliseconds() - start < 2500;) {
    uint8_t ping[2];
    int ended;

    coap_io_process(server.context, 200);
    if (stream_read(&peer, ping, 2, 0, &ended) == 2) {
      EXPECT(!memcmp(ping, "\x00\xe2", 2));
      stream_hex(&peer, "00 e3");
    }
  }
  EXPECT(!strncmp(recorded, "PONG PONG", 9));
  EXPECT_EQ(session->state, IN_ESTABLISHED);
  EXPECT(session->last_pong >= session->last_ping);
  coap_session_release(session);
  stream_close(&peer);
  recorded[0] = 0;

  /* A server's sessions are not pinged. */
  open_peer();
  pass_in(5000);
  EXPECT_NOTHING(&peer);
  stream_close(&peer);
  EXPECT(told(&server, "SESSION_CLOSED"));
  recorded[0] = 0;
  coap_context_set_keepalive(server.context, 0);
}

/* Session §9 and S20, over datagrams. */
static void
keepalive_of_datagrams(void) {
  struct reply r;
  int fd = silent_socket(&port);
  coap_tick_t ping;

  session = client_session(&server, port, COAP_PROTO_UDP);
  coap_context_set_keepalive(server.context, 3);
  pass_in(3001);
  EXPECT(take(fd, &r) && r.length == 4 && parse(&r));
  EXPECT_EQ(r.type, CON);
  EXPECT_EQ(r.code, EMPTY);
  EXPECT_EQ(session->last_ping_mid, r.mid);
  ping = session->last_ping;
  EXPECT(ping > 0);
  /* No answer: one disconnect, in one pass; then it is quiet for the whole time again. */
  pass_in(6002);
  EXPECT_EQ(session->last_ping, 0);
  EXPECT_EQ(session->last_pong, 0);
  EXPECT_EQ(session->state, IN_ESTABLISHED);
  pass_in(6003);
  EXPECT_RECORD("NACK(1) ");
  while (take(fd, &r))
    ;
  pass_in(9003);
  EXPECT(take(fd, &r) && r.length == 4);
  EXPECT(session->last_ping > ping);
  coap_context_set_keepalive(server.context, 0);
  coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  coap_session_release(session);
  recorded[0] = 0;
  close(fd);
}

int
main(void) {
  server_start(&server);
  stream_endpoint(&server);
  record(server.context);
  listener = stream_listen(&port);
  coap_set_log_level(LOG_WARNING);
  csm_of_a_server();
  csm_in_real_time();
  csm_of_a_client();
  half_a_message();
  idle();
  keepalive();
  keepalive_of_datagrams();
  EXPECT_ALIVE(&server);
  close(listener);
  server_stop(&server);
  return expect_done();
}
