/* X41, X26: the k-th allocation fails, OpenSSL's own among them, in the life of connections over TLS with the library at
 * both ends: made, used, ended, made again. */
/* only: openssl */
/* flags: -lssl -lcrypto */
/* no valgrind: the program has an allocator of its own */
#define _GNU_SOURCE
#include "allocation.h"
#include "tls_peer.h"

#include <fcntl.h>
#include <sys/syscall.h>

static int at_once;

/* This definition comes before that of the C library: connections may stand at once. */
int
connect(int fd, __CONST_SOCKADDR_ARG to, socklen_t size) {
  int flags = fcntl(fd, F_GETFL), result;

  if (at_once)
    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  result = (int)syscall(SYS_connect, fd, to.__sockaddr__, size);
  fcntl(fd, F_SETFL, flags);
  return result;
}

static void
life(long k, int once, int *failed) {
  struct server server;
  struct tls peer;
  coap_session_t *session;
  coap_pdu_t *pdu;
  char text[] = "t";
  int turn;

  server_start(&server);
  record(server.context);
  tls_server(&server);
  fail_allocation(k, once);
  session = tls_client(&server, stream_port);
  for (turn = 0; turn < 24; turn++) {
    server_turn(&server);
    if (turn % 6 == 3 && session) {
      pdu = coap_pdu_init(COAP_MESSAGE_CON, GET, 1, 100);
      if (pdu && coap_add_token(pdu, 1, (const uint8_t *)text) &&
          coap_add_option(pdu, COAP_OPTION_URI_PATH, 5, (const uint8_t *)"probe"))
        coap_send(session, pdu);
      else
        coap_delete_pdu(pdu);
    }
    if (turn == 14 && session)
      coap_session_disconnected(session, COAP_NACK_NOT_DELIVERABLE);
  }
  *failed = stop_failing();
  if (session)
    coap_session_release(session);
  /* It is usable afterwards: accepting may pause for a second. */
  tls_open(&peer, &server, TLS1_2_VERSION);
  EXPECT(tls_handshake(&peer));
  tls_hex(&peer, CSM "61 01 74 b5 70726f6265");
  EXPECT_PLAIN(&peer, CSM "61 45 74 ff 616c697665");
  tls_close(&peer);
  server_stop(&server);
}

/* T16: no memory for TLS when a connection has been accepted. */
static int
fails_then(coap_context_t *context, coap_event_t event, coap_session_t *session) {
  record_event(context, event, session);
  if (event == COAP_EVENT_TCP_CONNECTED)
    fail_allocation(1, 0);
  else
    stop_failing();
  return 0;
}

static void
no_memory_at_accept(void) {
  struct server server;
  struct tls peer;

  server_start(&server);
  record(server.context);
  recorded_states = 1;
  tls_server(&server);
  coap_register_event_handler(server.context, fails_then);
  tls_open(&peer, &server, TLS1_3_VERSION);
  EXPECT(coap_new_server_session(server.context, stream_listener) == NULL);
  EXPECT_RECORD("TCP_CONNECTED/0 DTLS_ERROR/2 TCP_CLOSED/0closed SESSION_FAILED/0closed ");
  EXPECT_END(&peer.stream);
  tls_close(&peer);
  coap_register_event_handler(server.context, record_event);
  recorded_states = 0;
  EXPECT_ALIVE(&server);
  server_stop(&server);
}

/* S2: the same where a client's connection stands at once: the creating call fails, and nobody has heard of the
 * session. If it does not fail the handshake has begun (section 8). */
static void
no_memory_at_once(void) {
  struct server server;
  coap_session_t *session;
  long k, refused = 0;
  int failed, i;

  server_start(&server);
  record(server.context);
  tls_server(&server);
  at_once = 1;
  for (k = 1, failed = 1; failed && k < 20000; k++) {
    fail_allocation(k, 0);
    session = tls_client(&server, stream_port);
    failed = stop_failing();
    EXPECT_RECORD("");
    if (session) {
      EXPECT_EQ(session->state, IN_HANDSHAKE);
      EXPECT_EQ(session->ref, 1);
      coap_session_release(session);
      EXPECT_RECORD("DTLS_CLOSED ");
    } else {
      refused++;
    }
    EXPECT(server.context->sessions == NULL);
    for (i = 0; i < 3; i++)
      server_turn(&server);
    recorded[0] = 0;
  }
  at_once = 0;
  EXPECT(refused > 50 && !failed);
  server_stop(&server);
}

int
main(void) {
  long before, k, kept;
  int failed, once;

  coap_set_log_level(LOG_EMERG);
  life(1000000, 0, &failed);
  life(1000000, 0, &failed);
  no_memory_at_accept();
  no_memory_at_once();
  for (once = 0; once < 2; once++) {
    kept = 0;
    for (k = 1, failed = 1; failed && k < 20000; k += 1 + chance() % (k < 100 ? 8 : 48)) {
      before = live_blocks;
      life(k, once, &failed);
      kept += live_blocks - before;
    }
    EXPECT(k > 300);
    EXPECT(kept <= 16); /* texts that OpenSSL keeps with its newest errors */
  }
  return expect_done();
}
